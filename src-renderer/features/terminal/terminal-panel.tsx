import type { Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { PanelProps } from '../../resource/detail-page.tsx';
import { Button } from '../../ui/button.tsx';
import { Badge, Empty } from '../../ui/feedback.tsx';
import { shells } from './shells.ts';
import { type TerminalState, TerminalView } from './terminal-view.tsx';
import './terminal.css';

/** A shell in one of the pod's containers. */
export function TerminalPanel({ object }: PanelProps) {
  const pod = object as DeepReadonly<Pod>;
  const containers = (pod.spec?.containers ?? []).map((container) => container.name);
  const running = new Set(
    (pod.status?.containerStatuses ?? [])
      .filter((status) => status.state?.running)
      .map((status) => status.name),
  );
  const [container, setContainer] = useState(
    () => containers.find((name) => running.has(name)) ?? containers[0] ?? '',
  );
  const [shellId, setShellId] = useState('auto');
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<TerminalState>({ type: 'connecting' });
  const shell = shells.find((item) => item.id === shellId) ?? shells[0];
  if (running.size === 0 && state.type === 'connecting') {
    return (
      <Empty title="No container runs yet">
        A terminal needs a running container. As soon as one runs, it opens here.
      </Empty>
    );
  }
  return (
    <div className="terminal-panel">
      <div className="list-toolbar" role="toolbar" aria-label="Terminal">
        <label className="row">
          <span className="muted">Container</span>
          <select
            className="input sm"
            style={{ width: 'auto' }}
            value={container}
            onChange={(event) => setContainer(event.target.value)}
          >
            {containers.map((name) => (
              <option key={name} value={name}>
                {name}
                {running.has(name) ? '' : ' (not running)'}
              </option>
            ))}
          </select>
        </label>
        <label className="row">
          <span className="muted">Shell</span>
          <select
            className="input sm"
            style={{ width: 'auto' }}
            value={shellId}
            onChange={(event) => setShellId(event.target.value)}
          >
            {shells.map((item) => (
              <option key={item.id} value={item.id}>
                {item.label}
              </option>
            ))}
          </select>
        </label>
        <span className="grow" />
        <span aria-live="polite">
          {state.type === 'connecting' && <Badge level="progress">connecting</Badge>}
          {state.type === 'open' && <Badge level="ok">connected</Badge>}
          {state.type === 'ended' && <Badge level={state.clean ? 'done' : 'error'}>ended</Badge>}
        </span>
        <Button size="sm" onClick={() => setAttempt(attempt + 1)}>
          <RotateCw size={13} /> Reconnect
        </Button>
      </div>
      {shell && (
        <TerminalView
          key={`${container}/${shellId}/${attempt}`}
          namespace={pod.metadata?.namespace ?? ''}
          pod={pod.metadata?.name ?? ''}
          container={container}
          command={shell.command}
          onState={setState}
        />
      )}
    </div>
  );
}
