import type { ListMeta } from '@shared/api/meta.ts';
import { ApiError } from '@shared/api/status.ts';
import { toTable } from '@shared/api/table.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import type { ServerContext } from '../context.ts';
import type { ApiServerRequest, ApiServerResponse } from '../request.ts';

/** How objects are shown, as `Accept` asks. */
export type Shape = 'Object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
export type Encoding = 'json' | 'yaml';
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface Format {
  readonly shape: Shape;
  readonly encoding: Encoding;
}

const plain: Format = { shape: 'Object', encoding: 'json' };

/**
 * Chooses among the alternatives of an `Accept` header, in its order. 406 when none can be had.
 * Source: Kubernetes API concepts, "Receiving resources as Tables", "Metadata-only fetches".
 */
export function negotiate(accept: string): Format {
  if (accept === '' || accept === 'application/json' || accept === '*/*') return plain;
  for (const alternative of accept.split(',')) {
    const format = parseAlternative(alternative);
    if (format) return format;
  }
  throw ApiError.of(
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml',
  );
}

function parseAlternative(alternative: string): Format | undefined {
  const [type = '', ...rest] = alternative.split(';').map((part) => part.trim());
  const parameters = new Map(
    rest.map((part) => [part.split('=', 1)[0] ?? '', part.slice(part.indexOf('=') + 1)]),
  );
  const encoding = encodingOf(type.toLowerCase());
  if (!encoding) return undefined;
  const as = parameters.get('as');
  if (as === undefined) return { shape: 'Object', encoding };
  if (parameters.get('g') !== 'meta.k8s.io' || parameters.get('v') !== 'v1') return undefined;
  return as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList'
    ? { shape: as, encoding }
    : undefined;
}

function encodingOf(type: string): Encoding | undefined {
  if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json';
  return type === 'application/yaml' ? 'yaml' : undefined;
}

/** `includeObject` of a table request; kubectl's default shows metadata. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  return value === 'None' || value === 'Object' ? value : 'Metadata';
}

/** Turns objects and lists into the shape the request accepts. Everything else passes. */
export function represent(
  server: ServerContext,
  request: Pick<ApiServerRequest, 'accept' | 'query'>,
  response: ApiServerResponse,
): ApiServerResponse {
  if (response.type !== 'object' && response.type !== 'list') return response;
  const { shape } = negotiate(request.accept);
  if (shape === 'Object') return response;
  const { kind } = response;
  if (!kind) return response;
  const warnings = response.warnings ?? [];
  const objects = response.type === 'list' ? response.entries.map((entry) => entry.value) : [response.value];
  const code = response.type === 'list' ? 200 : response.code;
  if (shape === 'Table') {
    const listMeta =
      response.type === 'list' ? response.metadata : { resourceVersion: resourceVersionOf(response.value) };
    const value = tableOf(server, { kind, listMeta, includeObject: includeObjectOf(request.query) }, objects);
    return { type: 'object', code, value, warnings };
  }
  if (response.type === 'object') return { type: 'object', code, value: partial(response.value), warnings };
  return { type: 'object', code, value: partialList(response.metadata, objects), warnings };
}

interface TableRequest {
  readonly kind: AnyKind;
  readonly listMeta: DeepReadonly<ListMeta>;
  readonly includeObject: IncludeObject;
}

/** A Table of the objects; also used for each event of a table watch. */
export function tableOf(
  server: ServerContext,
  table: TableRequest,
  objects: readonly DeepReadonly<JsonObject>[],
): JsonObject {
  const { kind, listMeta, includeObject } = table;
  return toTable(kind, objects, {
    nowMs: server.clock.now(),
    includeObject,
    listMeta,
  }) as unknown as JsonObject;
}

/** Metadata alone. */
export function partial(object: DeepReadonly<JsonObject>): JsonObject {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: object.metadata ?? {},
  } as JsonObject;
}

function partialList(
  metadata: DeepReadonly<ListMeta>,
  objects: readonly DeepReadonly<JsonObject>[],
): JsonObject {
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { ...metadata },
    items: objects.map(partial),
  };
}

export function resourceVersionOf(object: DeepReadonly<JsonObject>): string {
  const { metadata } = object as { readonly metadata?: { readonly resourceVersion?: string } };
  return metadata?.resourceVersion ?? '';
}
