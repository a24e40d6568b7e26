// biome-ignore-all lint/a11y/useSemanticElements: rows are virtual and laid out as a grid, which table elements cannot be
import type { AnyKind } from '@shared/kinds/define.ts';
import { type MouseEvent, memo } from 'react';
import { Age } from '../ui/age.tsx';
import { Checkbox } from '../ui/checkbox.tsx';
import { Dot } from '../ui/feedback.tsx';
import { beginningOf } from '../ui/long-text.tsx';
import { fitsAlways, isRight } from './column-widths.ts';
import { objectHref, refOfObject } from './kind-paths.ts';
import { type AnyColumn, type AnyObject, type Cell, objectKey } from './list-model.ts';

export interface ResourceRowProps {
  readonly kind: AnyKind;
  readonly cluster: string;
  readonly object: AnyObject;
  readonly columns: readonly AnyColumn[];
  /** Least width of each. */
  readonly leastPx: readonly number[];
  readonly nowMs: number;
  /** Only to be drawn anew when cells change without the object. */
  readonly tick: unknown;
  readonly top: number;
  readonly index: number;
  readonly active: boolean;
  readonly selected: boolean;
  readonly onActivate: (key: string) => void;
  readonly onOpen: (object: AnyObject) => void;
  readonly onToggle: (key: string) => void;
  /** Called before a menu opens at this row. */
  readonly onMenu: (object: AnyObject) => void;
}

/** One row; drawn anew only when its object, its place or its marks change. */
export const ResourceRow = memo(function ResourceRow(props: ResourceRowProps) {
  const { object, active, selected } = props;
  const key = objectKey(object);
  const leaving = object.metadata?.deletionTimestamp !== undefined;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles keys for its rows
    <div
      id={`row-${key}`}
      className={classes('rt-row', active && 'active', selected && 'selected', leaving && 'leaving')}
      role="row"
      tabIndex={-1}
      aria-rowindex={props.index + 1}
      aria-selected={selected}
      style={{ transform: `translateY(${props.top}px)` }}
      onClick={(event) => {
        props.onActivate(key);
        if (event.ctrlKey || event.metaKey) props.onToggle(key);
        else if (!(event.target instanceof Element && event.target.closest('button, a')))
          props.onOpen(object);
      }}
      onContextMenu={() => props.onMenu(object)}
    >
      <div className="rt-check" role="gridcell" tabIndex={-1}>
        <Checkbox
          label={`Select ${object.metadata?.name}`}
          checked={selected}
          onChange={() => props.onToggle(key)}
          tabIndex={-1}
        />
      </div>
      {props.columns.map((column, index) => (
        <CellView
          key={column.name}
          {...props}
          column={column}
          least={props.leastPx[index] ?? 0}
          first={index === 0 && column.type !== 'name'}
        />
      ))}
      <div role="gridcell" tabIndex={-1}>
        <button
          type="button"
          className="btn ghost sm icon rt-more"
          tabIndex={-1}
          aria-label={`Actions for ${object.metadata?.name}`}
          onClick={openMenu}
        >
          ⋯
        </button>
      </div>
    </div>
  );
});

/** The row's button opens the very menu a right click opens. */
function openMenu(event: MouseEvent): void {
  event.stopPropagation();
  const box = event.currentTarget.getBoundingClientRect();
  event.currentTarget.dispatchEvent(
    new window.MouseEvent('contextmenu', { bubbles: true, clientX: box.left, clientY: box.bottom + 2 }),
  );
}

/** More than any column is wide. */
const shownCharacters = 400;

function cellText(column: AnyColumn, value: Cell): string {
  if (value === null || value === '<none>') return '';
  return typeof value === 'number' && column.format
    ? column.format(value)
    : beginningOf(String(value), shownCharacters);
}

function CellView({ kind, cluster, object, column, nowMs, first, least }: CellProps) {
  const value = column.cell(object, nowMs);
  const text = cellText(column, value);
  const cut = column.type !== 'date' && !fitsAlways(text, column, least) && 'cut';
  if (column.type === 'name') {
    const health = kind.view.health?.(object);
    return (
      <div className="rt-td name" role="gridcell" tabIndex={-1}>
        {health && <Dot level={health.level} text={health.text} />}
        <a className={classes(cut)} href={objectHref(cluster, kind, refOfObject(object))} tabIndex={-1}>
          {text}
        </a>
      </div>
    );
  }
  const health = first ? kind.view.health?.(object) : undefined;
  return (
    <div className={classes('rt-td', isRight(column) && 'right', cut)} role="gridcell" tabIndex={-1}>
      {health && (
        <>
          <Dot level={health.level} text={health.text} />{' '}
        </>
      )}
      {column.type === 'date' ? <Age at={text} /> : text || <span className="muted">–</span>}
    </div>
  );
}

interface CellProps extends ResourceRowProps {
  readonly column: AnyColumn;
  /** Its least width, in pixels. */
  readonly least: number;
  /** It carries the health mark, as there is no name. */
  readonly first: boolean;
}

function classes(...names: readonly (string | false)[]): string {
  return names.filter(Boolean).join(' ');
}
