import { humanDuration, parseTime } from '../lib/time.ts';
import type { DeepReadonly, Json, JsonObject } from '../lib/types.ts';
import type { ListMeta } from './meta.ts';

/** What is asked of a kind's column. */
export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date' | 'name';
  readonly priority?: 0 | 1;
  readonly description: string;
  // biome-ignore lint/suspicious/noExplicitAny: columns of every object type are presented alike
  cell(object: any, nowMs: number): string | number | boolean | null;
}

/** How much of each object a table's rows carry. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  readonly nowMs: number;
  readonly includeObject: IncludeObject;
  readonly listMeta: DeepReadonly<ListMeta>;
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: DeepReadonly<ListMeta>;
  readonly columnDefinitions: readonly {
    readonly name: string;
    readonly type: string;
    readonly format: string;
    readonly description: string;
    readonly priority: number;
  }[];
  readonly rows: readonly { readonly cells: readonly Json[]; readonly object: Json }[];
}

/**
 * Objects as kubectl wants them printed: one definition per column, one row per object in the order given.
 * Dates become ages (`5m`, `<unknown>` without a date); a missing value becomes `<none>`.
 */
export function toTable(
  kind: { readonly columns: readonly TableColumn[] },
  objects: readonly DeepReadonly<JsonObject>[],
  options: TableOptions,
): Table {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.listMeta,
    columnDefinitions: kind.columns.map((column) => ({
      name: column.name,
      type: column.type === 'date' || column.type === 'name' ? 'string' : column.type,
      format: column.type === 'name' ? 'name' : '',
      description: column.description,
      priority: column.priority ?? 0,
    })),
    rows: objects.map((object) => ({
      cells: kind.columns.map((column) => cellOf(column, object, options.nowMs)),
      object: objectOf(object, options.includeObject),
    })),
  };
}

function cellOf(column: TableColumn, object: DeepReadonly<JsonObject>, nowMs: number): Json {
  const value = column.cell(object, nowMs);
  if (column.type !== 'date') return value ?? '<none>';
  const timeMs = typeof value === 'string' ? parseTime(value) : undefined;
  return timeMs === undefined ? '<unknown>' : humanDuration(nowMs - timeMs);
}

function objectOf(object: DeepReadonly<JsonObject>, include: IncludeObject): Json {
  switch (include) {
    case 'None':
      return null;
    case 'Object':
      return object as JsonObject;
    case 'Metadata':
      return {
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: (object as JsonObject).metadata ?? {},
      };
  }
}
