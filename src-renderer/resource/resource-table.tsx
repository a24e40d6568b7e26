// biome-ignore-all lint/a11y/useSemanticElements: rows are virtual and laid out as a grid, which table elements cannot be
import type { AnyKind } from '@shared/kinds/define.ts';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import {
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useNow } from '../ui/age.tsx';
import { Checkbox } from '../ui/checkbox.tsx';
import { ContextArea, type MenuEntry } from '../ui/menu.tsx';
import { columnTracks, isRight } from './column-widths.ts';
import { type AnyColumn, type AnyObject, objectKey, type Sort } from './list-model.ts';
import { ResourceRow } from './resource-row.tsx';
import { type TableCommand, tableCommand } from './table-keys.ts';
import './table.css';

export interface ResourceTableProps {
  readonly kind: AnyKind;
  readonly cluster: string;
  /** Filtered and sorted. */
  readonly rows: readonly AnyObject[];
  /** Changes when cells of live columns do. */
  readonly tick: unknown;
  readonly columns: readonly AnyColumn[];
  readonly sort: Sort;
  readonly onSort: (column: string) => void;
  /** Keys of selected objects. */
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (keys: ReadonlySet<string>) => void;
  readonly onOpen: (object: AnyObject) => void;
  readonly onDelete: (objects: readonly AnyObject[]) => void;
  readonly menuFor: (object: AnyObject) => readonly MenuEntry[];
  /** Where `/` goes. */
  readonly filterRef: RefObject<HTMLInputElement | null>;
}

const rowHeight = 33;
const rowSize = () => rowHeight;
/** Rows leaving the view at one end come back at the other: this many places, or the next multiple. */
const places = 48;

/** The one table: virtual rows, live, driven by keyboard as well as by pointer. */
export function ResourceTable(props: ResourceTableProps) {
  const { kind, rows, columns, selected, onSelect } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(null);
  const [menu, setMenu] = useState<readonly MenuEntry[]>([]);
  const nowMs = useNow(15_000);
  const filled = rows.length > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: widths stay put while rows change
  const tracks = useMemo(() => columnTracks(columns, rows, Date.now()), [columns, filled]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: rowSize,
    overscan: 10,
    useFlushSync: false,
  });

  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  const toggle = useCallback((key: string) => {
    const next = new Set(latest.current.selected);
    if (!next.delete(key)) next.add(key);
    latest.current.onSelect(next);
  }, []);
  const open = useCallback((object: AnyObject) => latest.current.onOpen(object), []);
  const prepareMenu = useCallback((object: AnyObject) => {
    setActive(objectKey(object));
    setMenu(latest.current.menuFor(object));
  }, []);

  const activeIndex = active === null ? -1 : rows.findIndex((row) => objectKey(row) === active);
  const moveTo = (index: number) => {
    const target = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (target === undefined) return;
    setActive(objectKey(target));
    virtual.scrollToIndex(rows.indexOf(target), { align: 'auto' });
  };
  const run = (command: TableCommand) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 2);
    const current = rows[activeIndex];
    switch (command) {
      case 'next':
        return moveTo(activeIndex + 1);
      case 'previous':
        return moveTo(activeIndex - 1);
      case 'page-down':
        return moveTo(activeIndex + page);
      case 'page-up':
        return moveTo(activeIndex - page);
      case 'first':
        return moveTo(0);
      case 'last':
        return moveTo(rows.length - 1);
      case 'open':
        return current && open(current);
      case 'toggle':
        return current && toggle(objectKey(current));
      case 'select-all':
        return onSelect(new Set(rows.map(objectKey)));
      case 'clear':
        return onSelect(new Set());
      case 'delete':
        return removeMarked();
      case 'filter':
        return props.filterRef.current?.focus();
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== scroller.current) return;
    const command = tableCommand(event);
    if (command === undefined) return;
    event.preventDefault();
    run(command);
  };
  const removeMarked = () => {
    const marked = rows.filter((row) => selected.has(objectKey(row)));
    const current = rows[activeIndex];
    if (marked.length > 0) props.onDelete(marked);
    else if (current !== undefined) props.onDelete([current]);
  };

  const visible = virtual.getVirtualItems();
  const pool = Math.ceil(visible.length / places) * places;
  // In the order of their places, not of the list: a row that comes back at the other end is not moved in the page.
  const items = visible.toSorted((a, b) => (a.index % pool) - (b.index % pool));
  const template = `26px ${tracks.template} 34px`;
  return (
    <ContextArea entries={menu}>
      <div
        ref={scroller}
        className="rt"
        role="grid"
        tabIndex={0}
        aria-label={kind.view.title}
        aria-rowcount={rows.length}
        aria-multiselectable="true"
        aria-activedescendant={activeIndex >= 0 ? `row-${active}` : undefined}
        onKeyDown={onKeyDown}
        onPointerOver={showWhole}
        onFocus={(event) => event.target === event.currentTarget && activeIndex < 0 && moveTo(0)}
      >
        <div
          className="rt-inner"
          style={{ ['--cols' as string]: template, minWidth: tracks.minWidthPx + 90 }}
        >
          <TableHead {...props} />
          <div role="presentation" style={{ position: 'relative', height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const object = rows[item.index];
              if (object === undefined) return null;
              const key = objectKey(object);
              return (
                <ResourceRow
                  key={item.index % pool}
                  kind={kind}
                  cluster={props.cluster}
                  object={object}
                  columns={columns}
                  leastPx={tracks.leastPx}
                  nowMs={nowMs}
                  tick={props.tick}
                  top={item.start}
                  index={item.index}
                  active={key === active}
                  selected={selected.has(key)}
                  onActivate={setActive}
                  onOpen={open}
                  onToggle={toggle}
                  onMenu={prepareMenu}
                />
              );
            })}
          </div>
        </div>
      </div>
    </ContextArea>
  );
}

function TableHead({ rows, columns, selected, onSelect, sort, onSort }: ResourceTableProps) {
  const allSelected =
    rows.length > 0 && selected.size >= rows.length && rows.every((row) => selected.has(objectKey(row)));
  return (
    <div className="rt-head" role="row" tabIndex={-1}>
      <div role="columnheader" tabIndex={-1}>
        <Checkbox
          label="Select all"
          checked={allSelected ? true : selected.size > 0 ? 'mixed' : false}
          onChange={() => onSelect(allSelected ? new Set() : new Set(rows.map(objectKey)))}
        />
      </div>
      {columns.map((column) => (
        <HeaderCell key={column.name} column={column} sort={sort} onSort={onSort} />
      ))}
      <div role="columnheader" tabIndex={-1} aria-label="Actions" />
    </div>
  );
}

function HeaderCell({
  column,
  sort,
  onSort,
}: {
  column: AnyColumn;
  sort: Sort;
  onSort: (column: string) => void;
}) {
  const sorted = sort.column === column.name;
  return (
    <button
      type="button"
      role="columnheader"
      className={isRight(column) ? 'rt-th right' : 'rt-th'}
      title={column.description}
      {...(sorted && { 'aria-sort': sort.descending ? ('descending' as const) : ('ascending' as const) })}
      onClick={() => onSort(column.name)}
    >
      <span className="truncate">{column.name}</span>
      {sorted && (sort.descending ? <ArrowDown size={12} /> : <ArrowUp size={12} />)}
    </button>
  );
}

/** A cell cut short tells its whole text under the pointer. Only then: a title on every cell slows scrolling. */
function showWhole({ target }: PointerEvent): void {
  const cell = target instanceof HTMLElement ? target.closest<HTMLElement>('.rt-td') : null;
  const text = cell?.querySelector('a') ?? cell;
  if (!cell || !text || cell.querySelector('time')) return;
  if (text.scrollWidth > text.clientWidth) cell.title = text.textContent ?? '';
  else cell.removeAttribute('title');
}
