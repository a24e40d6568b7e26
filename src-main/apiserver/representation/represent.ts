import type { ListMeta } from '@shared/api/meta.ts';
import { ApiError } from '@shared/api/status.ts';
import { toTable } from '@shared/api/table.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import type { ServerContext } from '../context.ts';
import type { ApiServerRequest, ApiServerResponse, ListResponse, ObjectResponse } from '../request.ts';
import type { ResourceRoute } from '../routes.ts';
import { type Encoding, type Format, negotiate, negotiateStatus } from './negotiate.ts';

/** How much of each object a table's rows carry. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** `includeObject` of a table request; kubectl's default shows metadata. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'None' || value === 'Object') return value;
  throw ApiError.of(
    'BadRequest',
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

/** Refuses (406) what could not be answered, before anything is done. Logs and the like speak for themselves. */
export function checkAcceptable(accept: string, { kind, subresource, verb }: ResourceRoute): void {
  if (subresource === '' || subresource === 'status') negotiate(accept, { kind, watch: verb === 'watch' });
}

/**
 * Turns objects and lists into the shape the request accepts, and notes the encoding. Everything else passes. 406
 * when the shape does not fit (one object as a list, a list as one object).
 */
export function represent(
  server: ServerContext,
  request: Pick<ApiServerRequest, 'accept' | 'query'>,
  response: ApiServerResponse,
): ApiServerResponse {
  if (response.type !== 'object' && response.type !== 'list') return response;
  const { kind } = response;
  if (!kind) return withEncoding(response, negotiateStatus(request.accept));
  const format = negotiate(request.accept, { kind });
  if (format.shape === 'Object') return withEncoding(response, format.encoding);
  const value = shaped(server, { request, format, kind }, response);
  const code = response.type === 'list' ? 200 : response.code;
  return {
    type: 'object',
    code,
    value: { ...value, apiVersion: `meta.k8s.io/${format.version}` },
    encoding: format.encoding,
    warnings: response.warnings ?? [],
  };
}

function withEncoding<R extends ObjectResponse | ListResponse>(response: R, encoding: Encoding): R {
  return encoding === 'json' ? response : { ...response, encoding };
}

interface ShapeRequest {
  readonly request: Pick<ApiServerRequest, 'query'>;
  readonly format: Format;
  readonly kind: AnyKind;
}

function shaped(
  server: ServerContext,
  { request, format, kind }: ShapeRequest,
  response: ObjectResponse | ListResponse,
): JsonObject {
  const isList = response.type === 'list';
  const objects = isList ? response.entries.map((entry) => entry.value) : [response.value];
  if (format.shape === 'Table') {
    const listMeta = isList ? response.metadata : { resourceVersion: resourceVersionOf(response.value) };
    return tableOf(server, { kind, listMeta, includeObject: includeObjectOf(request.query) }, objects);
  }
  if (isList !== (format.shape === 'PartialObjectMetadataList')) {
    const what = `the requested object is ${isList ? 'a' : 'not a'} list (*${kind.version}.${kind.kind}${isList ? 'List' : ''})`;
    throw ApiError.of('NotAcceptable', `you requested ${format.shape}, but ${what}`);
  }
  return isList ? partialList(response.metadata, objects) : partial(response.value);
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

/** '' for objects without one. */
export function resourceVersionOf(object: DeepReadonly<JsonObject>): string {
  const { metadata } = object as { readonly metadata?: { readonly resourceVersion?: string } };
  return metadata?.resourceVersion ?? '';
}
