import type { AnyKind } from '@shared/kinds/define.ts';
import { useNavigate } from '@tanstack/react-router';
import { Columns3, Plus, RotateCw, Search, Trash2, X } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useCluster, useObjects } from '../data/context.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { DebouncedInput } from '../ui/debounced-input.tsx';
import { Empty, ErrorNotice, Notice } from '../ui/feedback.tsx';
import { plural } from '../ui/format.ts';
import { useActions } from './actions.tsx';
import { objectParams, refOfObject } from './kind-paths.ts';
import { labelFilter } from './label-filter.ts';
import {
  type AnyObject,
  ListModel,
  listColumns,
  namespaceColumn,
  objectKey,
  type Sort,
} from './list-model.ts';
import { hasTemplate, useObjectMenu } from './object-menu.ts';
import { ResourceTable } from './resource-table.tsx';
import { TableSkeleton } from './table-skeleton.tsx';
import { unattendedNote } from './unattended.ts';
import { useUsageColumns } from './usage-columns.ts';

/** What a list's address says beyond the kind. */
export interface ListSearch {
  readonly q?: string;
  readonly labels?: string;
  /** Column name; `-Name` for descending. */
  readonly sort?: string;
  readonly wide?: boolean;
}

export interface ListPageProps {
  readonly kind: AnyKind;
  /** Null: all namespaces. */
  readonly namespaces: readonly string[] | null;
  readonly search: ListSearch;
  readonly onSearch: (change: ListSearch) => void;
  /** On the button that leads to a new object. */
  readonly createLabel: string;
  readonly onCreate: () => void;
}

/** The list of any kind: live, filtered, sorted, with everything its objects can have done to them. */
export function ListPage({ kind, namespaces, search, onSearch, createLabel, onCreate }: ListPageProps) {
  const { name: cluster } = useCluster();
  const navigate = useNavigate();
  const actions = useActions();
  const menuFor = useObjectMenu(kind);
  const filterRef = useRef<HTMLInputElement>(null);
  const one = namespaces?.length === 1 ? namespaces[0] : undefined;
  const { objects, synced, error } = useObjects({ kind, namespace: kind.namespaced ? one : undefined });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());

  const { columns: extra, tick } = useUsageColumns(kind, search.wide === true);
  const columns = useMemo(
    () => listColumns(kind, { wide: search.wide === true, namespace: one === undefined, extra }),
    [kind, search.wide, one, extra],
  );
  const model = useMemo(() => new ListModel([...kind.columns, namespaceColumn, ...extra]), [kind, extra]);
  const sort = useMemo(() => parseSort(search.sort, kind), [search.sort, kind]);
  const text = search.q ?? '';
  const filter = useMemo(() => labelFilter(search.labels ?? ''), [search.labels]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: cells that live change with `tick`
  const rows = useMemo(
    () =>
      model.rows(objects as readonly AnyObject[], {
        text,
        namespaces: kind.namespaced && namespaces !== null ? new Set(namespaces) : null,
        labels: filter.labels,
        sort,
      }),
    [model, objects, text, namespaces, filter, sort, kind, tick],
  );
  const marked = useMemo(() => rows.filter((row) => selected.has(objectKey(row))), [rows, selected]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof Element &&
        event.target.closest('input, textarea, select, [role=dialog], [role=menu], .cm-editor');
      if (event.key !== '/' || typing) return;
      event.preventDefault();
      filterRef.current?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);

  const open = useCallback(
    (object: AnyObject) =>
      navigate({
        to: '/c/$cluster/r/$group/$plural/$namespace/$name',
        params: objectParams(cluster, kind, refOfObject(object)),
        search: (previous) => ('ns' in previous && previous.ns ? { ns: previous.ns } : {}),
      }),
    [navigate, cluster, kind],
  );
  const onSort = (column: string) => {
    const descending = sort.column === column && !sort.descending;
    onSearch({ sort: descending ? `-${column}` : column });
  };
  const filtered = text !== '' || filter.labels !== null;
  const note = unattendedNote(kind);
  const restartable = marked.filter((object) => hasTemplate(kind, object));

  return (
    <div className="page">
      <div className="page-head">
        <h1>
          {kind.view.title}
          {synced && <span className="count num">{countText(rows.length, objects.length, filtered)}</span>}
        </h1>
        <span className="grow" />
        {marked.length > 0 && (
          <div className="bulk" role="toolbar" aria-label="Selected objects">
            {plural(marked.length, 'object')} selected
            {restartable.length > 0 && (
              <Button size="sm" variant="ghost" onClick={() => void actions.restart(kind, restartable)}>
                <RotateCw size={14} /> Restart
              </Button>
            )}
            <Button
              size="sm"
              variant="ghost"
              onClick={() => actions.remove(kind, marked, () => setSelected(new Set()))}
            >
              <Trash2 size={14} /> Delete…
            </Button>
            <IconButton label="Clear selection" onClick={() => setSelected(new Set())}>
              <X size={14} />
            </IconButton>
          </div>
        )}
      </div>
      <div className="list-toolbar">
        <div className="search">
          <Search size={14} />
          <DebouncedInput
            ref={filterRef}
            className="input"
            type="search"
            placeholder={`Filter ${kind.view.title.toLowerCase()}`}
            aria-label="Filter"
            value={search.q ?? ''}
            onValue={(q) => onSearch({ q })}
            onKeyDown={(event) => {
              if (event.key === 'Escape') onSearch({ q: '' });
              if (event.key !== 'Escape' && event.key !== 'Enter' && event.key !== 'ArrowDown') return;
              event.preventDefault();
              document.querySelector<HTMLElement>('.rt')?.focus();
            }}
          />
          {!search.q && <kbd>/</kbd>}
        </div>
        <DebouncedInput
          className="input selector mono"
          placeholder="Label selector, e.g. app=web"
          aria-label="Label selector"
          aria-invalid={filter.problem !== undefined}
          title={filter.problem ?? 'As for kubectl -l: app=web,tier!=cache,env in (a,b)'}
          value={search.labels ?? ''}
          onValue={(labels) => onSearch({ labels })}
        />
        <span className="grow" />
        {kind.columns.some((column) => column.priority === 1) && (
          <Button
            size="sm"
            variant="ghost"
            aria-pressed={search.wide === true}
            onClick={() => onSearch({ wide: !search.wide })}
          >
            <Columns3 size={14} /> All columns
          </Button>
        )}
        {kind.verbs.includes('create') && kind.kind !== 'Event' && (
          <Button size="sm" onClick={onCreate}>
            <Plus size={14} /> {createLabel}
          </Button>
        )}
      </div>
      {note !== undefined && (
        <div style={{ padding: '0 16px 8px' }}>
          <Notice level="warn" title={`Nothing acts on ${kind.view.title.toLowerCase()} yet`}>
            {note}
          </Notice>
        </div>
      )}
      {error !== undefined && error !== null && (
        <div style={{ padding: '0 16px 8px' }}>
          <ErrorNotice error={error} />
        </div>
      )}
      {!synced ? (
        error ? (
          <span className="grow" />
        ) : (
          <TableSkeleton />
        )
      ) : rows.length === 0 ? (
        <NoRows
          kind={kind}
          filtered={filtered || objects.length > 0}
          onReset={() => onSearch({ q: '', labels: '' })}
          onCreate={onCreate}
        />
      ) : (
        <ResourceTable
          kind={kind}
          cluster={cluster}
          rows={rows}
          tick={tick}
          columns={columns}
          sort={sort}
          onSort={onSort}
          selected={selected}
          onSelect={setSelected}
          onOpen={(object) => void open(object)}
          onDelete={(targets) =>
            kind.verbs.includes('delete') && actions.remove(kind, targets, () => setSelected(new Set()))
          }
          menuFor={(object) => menuFor(object, 'list')}
          filterRef={filterRef}
        />
      )}
    </div>
  );
}

function NoRows({
  kind,
  filtered,
  onReset,
  onCreate,
}: {
  kind: AnyKind;
  filtered: boolean;
  onReset: () => void;
  onCreate: () => void;
}) {
  if (filtered) {
    return (
      <Empty
        title={`No ${kind.view.title.toLowerCase()} match`}
        action={<Button onClick={onReset}>Clear the filter</Button>}
      >
        The filter, the label selector or the chosen namespaces leave nothing over.
      </Empty>
    );
  }
  const create = kind.verbs.includes('create') && kind.kind !== 'Event';
  return (
    <Empty
      title={`No ${kind.view.title.toLowerCase()} here`}
      {...(create && {
        action: (
          <Button variant="primary" onClick={onCreate}>
            Create {kind.kind}
          </Button>
        ),
      })}
    >
      {kind.view.purpose}
    </Empty>
  );
}

function countText(shown: number, all: number, filtered: boolean): string {
  return filtered && shown !== all
    ? `${shown.toLocaleString('en')} of ${all.toLocaleString('en')}`
    : shown.toLocaleString('en');
}

/** Events read newest first; everything else by name. */
function parseSort(text: string | undefined, kind: AnyKind): Sort {
  if (text)
    return text.startsWith('-')
      ? { column: text.slice(1), descending: true }
      : { column: text, descending: false };
  const newest = kind.kind === 'Event' ? kind.columns.find((column) => column.type === 'date') : undefined;
  return { column: newest?.name ?? 'Name', descending: false };
}
