import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { Check, ChevronDown, FolderTree } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useState } from 'react';
import { ClusterProvider, useApp, useObjects } from '../data/context.tsx';
import { useReadable } from '../data/readable.ts';
import { useNamespaces } from './use-namespaces.ts';

/** Chooses the namespaces to look at: a click chooses one, Ctrl-click (or the box) adds and removes. */
export function NamespacePicker({ cluster }: { cluster: string }) {
  const app = useApp();
  const running = useReadable(app.clusters)?.find((item) => item.name === cluster)?.state === 'running';
  const { chosen, choose } = useNamespaces(cluster);
  const [open, setOpen] = useState(false);
  if (!running) return null;
  const label =
    chosen === null ? 'All namespaces' : chosen.length === 1 ? chosen[0] : `${chosen.length} namespaces`;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className="btn sm ns-trigger" aria-label={`Namespaces: ${label}`}>
        <FolderTree size={14} />
        <span className="truncate">{label}</span>
        <ChevronDown size={13} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover ns-popover" align="end" sideOffset={5}>
          <ClusterProvider name={cluster}>
            <NamespaceList chosen={chosen} choose={choose} onDone={() => setOpen(false)} />
          </ClusterProvider>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface NamespaceListProps {
  readonly chosen: readonly string[] | null;
  readonly choose: (names: readonly string[] | null) => void;
  readonly onDone: () => void;
}

function NamespaceList({ chosen, choose, onDone }: NamespaceListProps) {
  const { objects } = useObjects({ kind: namespaceKind });
  const [text, setText] = useState('');
  const names = objects
    .map((object) => object.metadata?.name ?? '')
    .filter((name) => name.includes(text.trim()))
    .sort();
  const toggle = (name: string) => {
    const current = chosen ?? [];
    choose(current.includes(name) ? current.filter((other) => other !== name) : [...current, name]);
  };
  const only = (name: string | null) => {
    choose(name === null ? null : [name]);
    onDone();
  };
  return (
    <>
      <input
        className="input sm"
        placeholder="Find a namespace"
        aria-label="Find a namespace"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          const [first] = names;
          if (event.key === 'Enter' && first !== undefined) only(first);
        }}
      />
      <ul className="ns-list" aria-label="Namespaces">
        {text === '' && (
          <li>
            <button
              type="button"
              className="menu-item"
              aria-pressed={chosen === null}
              onClick={() => only(null)}
            >
              <span className="ns-box" data-on={chosen === null}>
                {chosen === null && <Check size={11} />}
              </span>
              All namespaces
            </button>
          </li>
        )}
        {names.map((name) => {
          const on = chosen?.includes(name) === true;
          return (
            <li key={name} className="row" style={{ gap: 0 }}>
              <button
                type="button"
                className="ns-tick"
                aria-pressed={on}
                aria-label={`${on ? 'Leave out' : 'Add'} ${name}`}
                onClick={() => toggle(name)}
              >
                <span className="ns-box" data-on={on}>
                  {on && <Check size={11} strokeWidth={3} />}
                </span>
              </button>
              <button
                type="button"
                className="menu-item grow"
                onClick={(event) => (event.ctrlKey || event.metaKey ? toggle(name) : only(name))}
              >
                <span className="truncate">{name}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}
