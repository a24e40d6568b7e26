import { ApiError } from '@shared/api/status.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import type { Aggregator } from './aggregation/aggregator.ts';
import { type Authorizer, attributesOf, forbiddenResponse } from './auth/authorizer.ts';
import type { ServerContext } from './context.ts';
import type { Documents } from './discovery.ts';
import { handleResource, routeOf } from './handler.ts';
import type { Health } from './health.ts';
import { checkAcceptable, represent } from './representation/represent.ts';
import type { ApiServerRequest, ApiServerResponse } from './request.ts';
import { pathSegments, type ResourceRoute, unknownPath } from './routes.ts';
import type { UpgradeConnection } from './streaming/kubelet-connector.ts';
import { connectPod } from './streaming/pod-streams.ts';
import { outputProtocolOf, sendOutput } from './streaming/websocket-output.ts';
import { admitConnect } from './subresources/admit-connection.ts';
import { proxyUpgrade } from './subresources/proxy.ts';

/** The parts requests are served by. */
export interface CoreParts {
  readonly server: ServerContext;
  readonly authorizer: Authorizer;
  readonly documents: Documents;
  readonly health: Health;
  readonly aggregator: Aggregator;
}

/**
 * Serves one authenticated request. Never rejects: refusals and failures become Status answers. What the
 * fronts do with an answer (HTTP, in process) is theirs.
 */
export async function serve(parts: CoreParts, request: ApiServerRequest): Promise<ApiServerResponse> {
  try {
    const response = await dispatch(parts, request);
    return represent(parts.server, request, response);
  } catch (error) {
    if (!(error instanceof ApiError)) request.audit?.panicked(error);
    return represent(parts.server, request, errorResponse(parts.server, error, request));
  }
}

/**
 * Takes over a connection that asked for an upgrade. Rejects with ApiError while it can still be answered as
 * plain HTTP.
 */
export async function serveUpgrade(
  parts: CoreParts,
  request: ApiServerRequest,
  connection: UpgradeConnection,
): Promise<void> {
  const { server, authorizer, aggregator } = parts;
  await authorize(authorizer, request);
  const remote = aggregator.find(request.path);
  if (remote) {
    await aggregator.upgrade(remote, request, connection);
    return;
  }
  const route = request.path.startsWith('/api/') ? routeOf(server, request) : undefined;
  if (route?.verb === 'get' && route.subresource === 'log') {
    await upgradeLog(server, request, { route, connection });
    return;
  }
  if (route?.verb !== 'connect') throw unknownPath();
  const { query, path } = await admitConnect(server, request, route);
  if (route.subresource.split('/')[0] === 'proxy')
    await proxyUpgrade(server, request, { route, connection, path });
  else await connectPod(server, { ...request, query }, { route, connection });
}

/** A log, for clients that read it over a WebSocket. */
async function upgradeLog(
  server: ServerContext,
  request: ApiServerRequest,
  { route, connection }: { readonly route: ResourceRoute; readonly connection: UpgradeConnection },
): Promise<void> {
  const protocol = outputProtocolOf(connection);
  if (protocol === undefined) throw unknownPath();
  const answer = await handleResource(server, request, route);
  if (answer.type === 'stream') await sendOutput(connection, protocol, answer.body);
  else await sendOutput(connection, protocol, Object.assign(noOutput(), { dispose() {} }));
}

async function* noOutput(): AsyncGenerator<Uint8Array> {}

async function dispatch(parts: CoreParts, request: ApiServerRequest): Promise<ApiServerResponse> {
  const { server, authorizer, documents, health, aggregator } = parts;
  await authorize(authorizer, request);
  const remote = aggregator.find(request.path);
  if (remote) return aggregator.answer(remote, request);
  const isResource = request.path.startsWith('/api/') || request.path.startsWith('/apis/');
  const route = isResource ? routeOf(server, request) : undefined;
  if (route) {
    checkAcceptable(request.accept, route);
    return answerResource(server, request, route);
  }
  const document = (await health.find(request)) ?? (await documents.find(request));
  if (document) return document;
  throw unknownPath();
}

/** What there is to warn of is told with refusals as well. */
async function answerResource(
  server: ServerContext,
  request: ApiServerRequest,
  route: ResourceRoute,
): Promise<ApiServerResponse> {
  const { deprecation } = route.kind;
  if (deprecation !== undefined) request.audit?.annotations.set('k8s.io/deprecated', 'true');
  const own = deprecation === undefined ? [] : [deprecation];
  const warnings: string[] = [];
  try {
    const answer = await handleResource(server, { ...request, warnings }, route);
    return own.length === 0 ? answer : { ...answer, warnings: [...own, ...(answer.warnings ?? [])] };
  } catch (error) {
    if (error instanceof ApiError && own.length + warnings.length > 0) error.warnings = [...own, ...warnings];
    throw error;
  }
}

/** 403 unless the user may do what he asks; before it is looked whether there is such a thing. */
async function authorize(authorizer: Authorizer, request: ApiServerRequest): Promise<void> {
  const attributes = request.attributes ?? attributesOf(request, pathSegments(request.path));
  const decision = await authorizer.authorize(attributes);
  if (request.audit) {
    const { annotations } = request.audit;
    annotations.set('authorization.k8s.io/decision', decision.allowed ? 'allow' : 'forbid');
    annotations.set('authorization.k8s.io/reason', decision.reason);
  }
  if (!decision.allowed) throw forbiddenResponse(attributes, decision.reason);
}

/** The Status of an error. What is no refusal is logged and answered with 500. */
export function errorResponse(
  server: Pick<ServerContext, 'log'>,
  error: unknown,
  request: { method: string; path: string },
): ApiServerResponse {
  if (error instanceof ApiError) return statusResponse(error);
  server.log('a request failed', {
    method: request.method,
    path: request.path,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  const why = error instanceof Error ? error.message : 'unknown error';
  return statusResponse(
    ApiError.of('InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] }),
  );
}

/** The answer that a refusal is. */
export function statusResponse({ status, warnings }: ApiError): ApiServerResponse {
  const value = status as unknown as JsonObject;
  return { type: 'object', code: status.code, value, ...(warnings && { warnings }) };
}
