import { Dialog } from 'radix-ui';
import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { ClusterProvider, useApp } from '../data/context.tsx';
import { useReadable } from '../data/readable.ts';
import { type PaletteItem, rankItems } from './palette-items.ts';
import { useAppItems, useObjectItems } from './use-palette-items.ts';
import './palette.css';

export interface PaletteProps {
  readonly cluster: string | undefined;
  readonly onClose: () => void;
}

/** Kinds, objects and actions by a few letters. Ctrl/Cmd-K from anywhere. */
export function CommandPalette({ cluster, onClose }: PaletteProps) {
  const clusters = useReadable(useApp().clusters);
  const running =
    cluster !== undefined && clusters?.find((item) => item.name === cluster)?.state === 'running';
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content
          className="palette"
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          <Dialog.Title className="sr-only">Search and commands</Dialog.Title>
          {running ? (
            <ClusterProvider name={cluster}>
              <WithObjects cluster={cluster} onClose={onClose} />
            </ClusterProvider>
          ) : (
            <PaletteBody cluster={undefined} onClose={onClose} objects={none} />
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const none: readonly PaletteItem[] = [];

function WithObjects({ cluster, onClose }: { cluster: string; onClose: () => void }) {
  const objects = useObjectItems(cluster);
  return <PaletteBody cluster={cluster} onClose={onClose} objects={objects} />;
}

function PaletteBody({
  cluster,
  onClose,
  objects,
}: {
  cluster: string | undefined;
  onClose: () => void;
  objects: readonly PaletteItem[];
}) {
  const [query, setQuery] = useState('');
  const [index, setIndex] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const actions = useAppItems(cluster);
  const deferred = useDeferredValue(query);
  const items = useMemo(
    () => rankItems(deferred === '' ? actions : [...actions, ...objects], deferred, 40),
    [actions, objects, deferred],
  );
  const current = Math.min(index, items.length - 1);
  const run = (item: PaletteItem | undefined) => {
    if (item === undefined) return;
    onClose();
    item.run();
  };
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setIndex((current + step + items.length) % Math.max(1, items.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(items[current]);
    }
  };
  return (
    <>
      <input
        className="palette-input"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={items[current] ? `palette-${current}` : undefined}
        aria-label="Search"
        placeholder={
          cluster ? `Go to anything in ${cluster}, or do something…` : 'Go somewhere or do something…'
        }
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setIndex(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div
        ref={list}
        id="palette-list"
        className="palette-list"
        role="listbox"
        aria-label="Results"
        tabIndex={-1}
      >
        {items.length === 0 && <p className="muted palette-none">Nothing matches “{query}”.</p>}
        {items.map((item, at) => (
          <div key={item.id}>
            {items[at - 1]?.group !== item.group && <div className="menu-label">{item.group}</div>}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the input handles keys for its options */}
            <div
              id={`palette-${at}`}
              className="palette-item"
              role="option"
              tabIndex={-1}
              aria-selected={at === current}
              onPointerMove={() => setIndex(at)}
              onClick={() => run(item)}
            >
              <span className="truncate">{item.label}</span>
              <span className="grow" />
              <span className="muted truncate">{item.hint}</span>
            </div>
          </div>
        ))}
      </div>
    </>
  );
}
