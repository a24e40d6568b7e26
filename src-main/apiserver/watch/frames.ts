import { apiVersionOf } from '@shared/api/meta.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { assertNever } from '@shared/lib/assert.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import type { ServerContext } from '../context.ts';
import type { Format, Shape } from '../representation/negotiate.ts';
import { includeObjectOf, partial, resourceVersionOf, tableOf } from '../representation/represent.ts';
import type { WatchItem } from './watch.ts';

/** How one watcher wants its events. Watchers with the same `key` share encoded frames. */
export interface FrameFormat {
  readonly key: string;
  readonly shape: Shape;
  readonly contentType: string;
  /** The object as this watcher sees it, when that is not the object itself. */
  shaped?(value: DeepReadonly<JsonObject>): JsonObject;
  /** The bytes of one event. `json` is the text of the object where there is one already. */
  frame(type: string, object: DeepReadonly<JsonObject>, json?: string): Uint8Array;
}

/** Encodes events as bytes; protobuf's is loaded when first asked for. */
type Framing = Pick<FrameFormat, 'frame' | 'contentType'>;

const jsonFraming: Framing = {
  contentType: 'application/json',
  frame: (type, object, json) =>
    Buffer.from(`{"type":"${type}","object":${json ?? JSON.stringify(object)}}\n`),
};

/** The format of a watch, as negotiated. */
export async function frameFormat(
  server: ServerContext,
  kind: AnyKind,
  { format, query }: { readonly format: Format; readonly query: URLSearchParams },
): Promise<FrameFormat> {
  const { shape, encoding, version } = format;
  const framing =
    encoding === 'protobuf' ? (await import('../protobuf/answer.ts')).protobufFraming : jsonFraming;
  const apiVersion = `meta.k8s.io/${version}`;
  if (shape === 'Object') return { ...framing, key: encoding, shape };
  if (shape !== 'Table') {
    const shaped = (value: DeepReadonly<JsonObject>) => ({ ...partial(value), apiVersion });
    return { ...framing, key: `PartialObjectMetadata ${version} ${encoding}`, shape, shaped };
  }
  const includeObject = includeObjectOf(query);
  return {
    ...framing,
    key: `Table ${version} ${includeObject}`,
    shape,
    shaped: (value) => {
      const listMeta = { resourceVersion: resourceVersionOf(value) };
      return { ...tableOf(server, { kind, includeObject, listMeta }, [value]), apiVersion };
    },
  };
}

/** The bytes of events in a row. Live events are encoded, and put together, once for all watchers. */
export function encodeItems(kind: AnyKind, format: FrameFormat, items: readonly WatchItem[]): Uint8Array {
  const frames = items.map((item) => encodeItem(kind, format, item));
  const [frame] = frames;
  if (frame && frames.length === 1) return frame;
  const last = items.at(-1);
  const change = last && 'change' in last ? last.change : undefined;
  return change ? change.join(format.key, frames) : Buffer.concat(frames);
}

function encodeItem(kind: AnyKind, format: FrameFormat, item: WatchItem): Uint8Array {
  switch (item.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const encode = () =>
        format.shaped
          ? format.frame(item.type, format.shaped(item.state.value))
          : format.frame(item.type, item.state.value, item.state.json);
      return item.change ? item.change.frame(item.type, format.key, encode) : encode();
    }
    case 'BOOKMARK':
      return format.frame(item.type, bookmarkObject(kind, format, item));
    case 'ERROR':
      return format.frame(item.type, item.status as unknown as JsonObject);
    default:
      return assertNever(item);
  }
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
