import { apiVersionOf } from '@shared/api/meta.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { assertNever } from '@shared/lib/assert.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import type { ServerContext } from '../context.ts';
import {
  includeObjectOf,
  partial,
  resourceVersionOf,
  type Shape,
  tableOf,
} from '../representation/represent.ts';
import type { WatchItem } from './watch.ts';

/** How one watcher wants its events. Watchers with the same `key` share encoded frames. */
export interface FrameFormat {
  readonly key: string;
  readonly shape: Shape;
  /** Body of an event: the JSON text of its object. */
  body(object: { readonly value: JsonObject; readonly json: string }): string;
}

/** The format of a watch, from what its request accepts. */
export function frameFormat(
  server: ServerContext,
  kind: AnyKind,
  shape: Shape,
  query: URLSearchParams,
): FrameFormat {
  if (shape === 'Table') {
    const includeObject = includeObjectOf(query);
    return {
      key: `Table ${includeObject}`,
      shape,
      body: ({ value }) =>
        JSON.stringify(
          tableOf(server, { kind, includeObject, listMeta: { resourceVersion: resourceVersionOf(value) } }, [
            value,
          ]),
        ),
    };
  }
  if (shape === 'Object') return { key: shape, shape, body: ({ json }) => json };
  return { key: 'PartialObjectMetadata', shape, body: ({ value }) => JSON.stringify(partial(value)) };
}

/** The bytes of one event: `{"type":…,"object":…}` and a newline. Live events are encoded once for all watchers. */
export function encodeItem(kind: AnyKind, format: FrameFormat, item: WatchItem): Uint8Array {
  switch (item.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const encode = () => frame(item.type, format.body(item.state));
      return item.change ? item.change.frame(item.type, format.key, encode) : encode();
    }
    case 'BOOKMARK':
      return frame(item.type, JSON.stringify(bookmarkObject(kind, format, item)));
    case 'ERROR':
      return frame(item.type, JSON.stringify(item.status));
    default:
      return assertNever(item);
  }
}

function frame(type: string, object: string): Uint8Array {
  return Buffer.from(`{"type":"${type}","object":${object}}\n`);
}

/** An empty object that carries a resourceVersion. */
export function bookmarkObject(
  kind: AnyKind,
  format: Pick<FrameFormat, 'shape'>,
  item: WatchItem & { type: 'BOOKMARK' },
): JsonObject {
  const annotations = item.initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const metadata = { resourceVersion: item.resourceVersion, creationTimestamp: null, ...annotations };
  if (format.shape === 'Object') return { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata };
  if (format.shape === 'Table') {
    return {
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: item.resourceVersion },
      columnDefinitions: [],
      rows: item.initialEventsEnd
        ? [{ cells: [], object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata } }]
        : [],
    };
  }
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}
