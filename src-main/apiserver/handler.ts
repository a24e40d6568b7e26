import { ApiError, isReason } from '@shared/api/status.ts';
import type { DeleteOptions } from '@shared/kinds/wire.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import type { ServerContext, Target, WriteOptions } from './context.ts';
import { type DraftObject, jsonOf } from './objects.ts';
import { admitView } from './registry/admit-view.ts';
import { decodeObject, madeBody, parseBody } from './registry/body.ts';
import { createObject } from './registry/create.ts';
import { deleteCollection, deleteObject, deleteRequest } from './registry/delete.ts';
import { badRequest } from './registry/errors.ts';
import { checkMayCreate, patchObject } from './registry/patch.ts';
import { writeOptions } from './registry/query.ts';
import { getEntry, listObjects } from './registry/read.ts';
import { parseSelection } from './registry/selection.ts';
import { deleteOptionsKind, madeObject } from './registry/unserved-kinds.ts';
import { checkPlace, updateObject } from './registry/write.ts';
import { type ApiServerRequest, type ApiServerResponse, isTrue } from './request.ts';
import { findReview } from './reviews/reviews.ts';
import {
  methodNotAllowed,
  pathSegments,
  type ResourceRoute,
  resolveResource,
  unknownPath,
} from './routes.ts';
import { findSubresource } from './subresources/subresources.ts';
import { openWatch } from './watch/watch.ts';

/** Serves one request under `/api` or `/apis` that names a resource. Rejects with ApiError. */
export async function handleResource(
  server: ServerContext,
  request: ApiServerRequest,
  route: ResourceRoute,
): Promise<ApiServerResponse> {
  if (route.subresource !== '' && route.subresource !== 'status') {
    const module = findSubresource(route);
    if (!module) throw unknownPath();
    return module.handle(server, request, route);
  }
  if (!route.kind.stored) return review(server, request, route);
  switch (route.verb) {
    case 'get':
      return readObject(server, route, request.query);
    case 'list':
      return listObjects(server, route, request.query);
    case 'watch':
      return { type: 'watch', source: openWatch(server, route, request.query) };
    case 'create':
      return create(server, request, route);
    case 'update':
      return update(server, request, route);
    case 'patch':
      return patchObject(server, route, request.body, writeOptions(request, 'patch'));
    case 'delete':
      return deleteObject(server, route, await readDeleteRequest(server, request));
    case 'deletecollection':
      return deleteCollection(server, route, await readDeleteRequest(server, request), request.query);
    case 'connect':
      throw methodNotAllowed();
  }
}

/** Finds the route of a request, or undefined when its path names no resource. */
export function routeOf(
  server: ServerContext,
  request: Pick<ApiServerRequest, 'method' | 'path' | 'query'>,
): ResourceRoute | undefined {
  const segments = pathSegments(request.path);
  return resolveResource(server.kinds, request.method, segments, isTrue(request.query.get('watch')));
}

async function readObject(
  server: ServerContext,
  target: Target,
  query: URLSearchParams,
): Promise<ApiServerResponse> {
  const entry = await getEntry(server, target, query.get('resourceVersion') ?? '');
  return { type: 'object', code: 200, kind: target.kind, value: entry.value, json: entry.json };
}

async function create(
  server: ServerContext,
  request: ApiServerRequest,
  target: Target,
): Promise<ApiServerResponse> {
  const options = writeOptions(request, 'create');
  const body = await parseBody(request.body, target.kind.kind);
  return createObject(server, target, decodeObject(server, target.kind, body, options), options);
}

/** Kinds that are only answers: most are created and nothing else, some are read. */
async function review(
  server: ServerContext,
  request: ApiServerRequest,
  route: ResourceRoute,
): Promise<ApiServerResponse> {
  const module = findReview(route.kind);
  if (!module) throw unknownPath();
  if (module.read && (route.verb === 'get' || route.verb === 'list')) {
    return readAnswers(route, await module.read({ server }), request.query);
  }
  if (route.verb !== 'create' || !module.answer) throw methodNotAllowed();
  const options = writeOptions(request, 'create');
  const body = await parseBody(request.body, route.kind.kind);
  const draft = await admitted(server, route, {
    draft: decodeObject(server, route.kind, body, options),
    options,
  });
  const value = await module.answer({ server, request, target: route, options }, draft);
  return { type: 'object', code: 201, kind: route.kind, value: jsonOf(value), warnings: options.warnings };
}

/** What webhooks and policies make of an object that is only answered. */
async function admitted(
  server: ServerContext,
  route: ResourceRoute,
  { draft, options }: { readonly draft: DraftObject; readonly options: WriteOptions },
): Promise<DraftObject> {
  const { group, version, kind } = route.kind;
  const object = jsonOf(draft);
  const view = { operation: 'CREATE', kind: { group, version, kind }, object, oldObject: null } as const;
  const target = { ...route, name: draft.metadata.name ?? '' };
  const value = await admitView(server, target, { options, view });
  return value === object
    ? draft
    : decodeObject(server, route.kind, madeBody(value), { ...options, fieldValidation: 'Ignore' });
}

function readAnswers(
  { kind, verb, name }: ResourceRoute,
  objects: readonly DraftObject[],
  query: URLSearchParams,
): ApiServerResponse {
  if (verb === 'get') {
    const found = objects.find(({ metadata }) => metadata.name === name);
    if (!found) throw ApiError.notFound(kind, name);
    return { type: 'object', code: 200, kind, value: jsonOf(found) };
  }
  const labelSelector = query.get('labelSelector') ?? '';
  const fieldSelector = query.get('fieldSelector') ?? '';
  const selection = parseSelection(kind, { namespace: '', name, labelSelector, fieldSelector });
  const entries = objects
    .filter((object) => selection.matches(object))
    .map((object) => {
      const value = jsonOf(object);
      return {
        key: object.metadata.name ?? '',
        value,
        json: JSON.stringify(value),
        createRevision: 0,
        modRevision: 0,
      };
    });
  return { type: 'list', kind, metadata: {}, entries };
}

async function update(
  server: ServerContext,
  request: ApiServerRequest,
  target: Target,
): Promise<ApiServerResponse> {
  const options = writeOptions(request, 'update');
  const body = await parseBody(request.body, target.kind.kind);
  const first = decodeObject(server, target.kind, body, options);
  checkPlace(target, first);
  if (!first.metadata.name)
    throw badRequest(
      `the name of the object (${target.name} based on URL) was undeterminable: name must be provided`,
    );
  const again = () => decodeObject(server, target.kind, body, { ...options, warnings: [] });
  let fresh = true;
  try {
    return await updateObject(server, target, options, () => {
      if (!fresh) return { draft: again() };
      fresh = false;
      return { draft: first };
    });
  } catch (error) {
    const mayCreate = target.kind.createsOnUpdate === true && target.subresource === '';
    if (!mayCreate || !isReason(error, 'NotFound')) throw error;
  }
  await checkMayCreate(server, target, options);
  const draft = again();
  const { resourceVersion: _, uid: __, ...metadata } = draft.metadata;
  return createObject(server, target, { ...draft, metadata }, options);
}

/** The body's apiVersion may be that of any group: each knows DeleteOptions. */
async function readDeleteRequest(server: ServerContext, request: ApiServerRequest) {
  const body = await optionalBody(request);
  const query = body ? new URLSearchParams() : request.query;
  const options = writeOptions({ ...request, query }, 'delete');
  const { kind: _, apiVersion: __, ...stated } = body ?? {};
  const made = madeObject<DeleteOptions>(server, deleteOptionsKind, stated, options);
  return deleteRequest(made, query, options);
}

async function optionalBody(request: ApiServerRequest): Promise<JsonObject | undefined> {
  const { body } = request;
  if (body.type === 'none' || (body.type === 'bytes' && body.bytes.byteLength === 0)) return undefined;
  const { value } = await parseBody(body, 'DeleteOptions');
  if (isJsonObject(value)) return value;
  throw ApiError.of('BadRequest', 'the request body must be a JSON object describing DeleteOptions');
}
