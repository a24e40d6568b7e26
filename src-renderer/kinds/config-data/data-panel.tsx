import type { ConfigMap, Secret } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import type { PanelProps } from '../../resource/detail-page.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatBytes } from '../../ui/format.ts';
import { type Decoded, decodeBase64 } from './decode.ts';
import './data.css';

type Entry = readonly [key: string, value: Decoded];

export function ConfigMapPanel({ object }: PanelProps) {
  const { data = {}, binaryData = {} } = object as DeepReadonly<ConfigMap>;
  const entries: Entry[] = [
    ...Object.entries(data).map(([key, text]): Entry => [key, { type: 'text', text }]),
    ...Object.entries(binaryData).map(([key, value]): Entry => [key, decodeBase64(value)]),
  ];
  return <DataCard entries={entries} secret={false} />;
}

/** Values stay hidden until asked for, each by itself; what is shown is decoded. */
export function SecretPanel({ object }: PanelProps) {
  const { data = {} } = object as DeepReadonly<Secret>;
  return (
    <DataCard
      entries={Object.entries(data).map(([key, value]): Entry => [key, decodeBase64(value)])}
      secret
    />
  );
}

function DataCard({ entries, secret }: { entries: readonly Entry[]; secret: boolean }) {
  const [shown, setShown] = useState<ReadonlySet<string>>(new Set());
  const all = entries.length > 0 && entries.every(([key]) => shown.has(key));
  const toggle = (key: string) => {
    const next = new Set(shown);
    if (!next.delete(key)) next.add(key);
    setShown(next);
  };
  return (
    <Card
      title={`Data (${entries.length})`}
      actions={
        secret &&
        entries.length > 1 && (
          <Button
            size="sm"
            variant="ghost"
            onClick={() => setShown(all ? new Set() : new Set(entries.map(([key]) => key)))}
          >
            {all ? 'Hide all' : 'Show all'}
          </Button>
        )
      }
    >
      {entries.length === 0 && <p className="muted">Empty.</p>}
      <div className="stack">
        {entries.map(([key, value]) => {
          const visible = !secret || shown.has(key);
          return (
            <div key={key} className="datum">
              <div className="row">
                <b className="mono grow truncate">{key}</b>
                {secret && (
                  <Button size="sm" variant="ghost" aria-expanded={visible} onClick={() => toggle(key)}>
                    {visible ? <EyeOff size={14} /> : <Eye size={14} />} {visible ? 'Hide' : 'Show'}
                  </Button>
                )}
                {value.type === 'text' && <CopyButton label={`Copy ${key}`} text={value.text} />}
              </div>
              {!visible ? (
                <p className="datum-hidden" role="img" aria-label="Hidden">
                  ••••••••••••
                </p>
              ) : value.type === 'text' ? (
                <pre>{value.text === '' ? <span className="muted">empty</span> : value.text}</pre>
              ) : (
                <p className="muted">{formatBytes(value.sizeBytes)} of binary data</p>
              )}
            </div>
          );
        })}
      </div>
    </Card>
  );
}
