import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { kubeletPort } from '@shared/rpc/cluster-config.ts';
import type { ServerContext } from '../context.ts';
import { forwardRequest, forwardUpgrade, overTls, type ProxyTarget } from '../http/reverse-proxy.ts';
import { getEntry } from '../registry/read.ts';
import type { ApiServerRequest, ApiServerResponse, HandoverResponse } from '../request.ts';
import { type ResourceRoute, unknownPath } from '../routes.ts';
import type { UpgradeConnection } from '../streaming/kubelet-connector.ts';
import { dialNetwork, SimulatedNodeError } from '../streaming/pod-network.ts';
import { admitConnect } from './admit-connection.ts';
import { askKubelet } from './node-proxy.ts';
import {
  type Backend,
  nodeBackend,
  podBackend,
  serviceBackend,
  splitSchemeNamePort,
} from './proxy-target.ts';
import type { Subresource } from './subresources.ts';

const pathPattern = /^(\/api\/v1\/(?:namespaces\/[^/]+\/)?(?:pods|services|nodes)\/[^/]+\/proxy)(\/.*)?$/s;

/** Whether a path leads through to a backend: its body is then not this server's to read. */
export function isProxyPath(path: string): boolean {
  return pathPattern.test(path);
}

/**
 * `/proxy` of pods, services and nodes: any HTTP method, and upgrades, to `[scheme:]name[:port]`.
 * Source: Kubernetes API reference, "connect GET requests to proxy of Pod".
 */
export const proxies: readonly Subresource[] = ['pods', 'services', 'nodes'].map((resource) => ({
  resource,
  name: 'proxy',
  handle: proxy,
}));

async function proxy(
  server: ServerContext,
  request: ApiServerRequest,
  route: ResourceRoute,
): Promise<ApiServerResponse> {
  const [, prefix = '', rest] = pathPattern.exec(request.path) ?? [];
  if (rest === undefined && (request.method === 'GET' || request.method === 'HEAD'))
    return redirectToRoot(prefix, request.query);
  const { path } = await admitConnect(server, request, route);
  if (route.kind === nodeKind) {
    const { name, port } = splitSchemeNamePort(route.name, 'node');
    await getEntry(server, { ...route, name });
    const kubelet = await server.kubelets.kubelet(name);
    if (!kubelet.dial && (port === '' || Number(port) === kubeletPort))
      return askKubelet(kubelet, { name, path: (path ?? rest ?? '/').slice(1) }, request);
  }
  return handover(server, { request, route, prefix, path });
}

/** As in Kubernetes: relative links of a page need a path that ends in a slash. */
function redirectToRoot(prefix: string, query: URLSearchParams): ApiServerResponse {
  const text = query.toString();
  const location = `${prefix}/${text === '' ? '' : `?${text}`}`;
  return { type: 'raw', code: 301, contentType: 'text/plain', body: '', headers: { location } };
}

interface Passage {
  readonly request: ApiServerRequest;
  readonly route: ResourceRoute;
  readonly prefix: string;
  /** Where webhooks and policies sent it instead. */
  readonly path: string | undefined;
}

async function handover(server: ServerContext, passage: Passage): Promise<HandoverResponse> {
  const open = await dialer(server, passage.route);
  return {
    type: 'handover',
    async run(incoming, outgoing) {
      const target = targetOf(passage, incoming.url ?? '/', open);
      try {
        await forwardRequest(target, incoming, outgoing);
      } catch (error) {
        if (!(error instanceof SimulatedNodeError)) throw error;
        outgoing.statusCode = 200;
        outgoing.setHeader('content-type', 'text/plain; charset=utf-8');
        outgoing.end(`${passage.route.kind.kind} ${passage.route.name} is simulated: ${error.message}.\n`);
      }
    },
  };
}

function targetOf(
  { prefix, path }: Pick<Passage, 'prefix' | 'path'>,
  url: string,
  dial: ProxyTarget['dial'],
): ProxyTarget {
  const asked = url.slice(prefix.length);
  const rest = path === undefined ? asked : path + asked.replace(/^[^?]*/, '');
  return { dial, prefix, url: rest.startsWith('/') ? rest : `/${rest}`, rewrites: true };
}

async function dialer(server: ServerContext, route: ResourceRoute): Promise<ProxyTarget['dial']> {
  if (route.kind === nodeKind) {
    const parts = splitSchemeNamePort(route.name, 'node');
    const { dial } = await server.kubelets.kubelet(parts.name);
    if (dial && (parts.port === '' || Number(parts.port) === kubeletPort)) return dial;
    return toBackend(server, await nodeBackend(server, parts));
  }
  const find = route.kind.plural === 'pods' ? podBackend : serviceBackend;
  return toBackend(server, await find(server, route.namespace, route.name));
}

function toBackend(server: ServerContext, backend: Backend): ProxyTarget['dial'] {
  return async () => {
    const socket = await dialNetwork(server, backend);
    return backend.isTls ? overTls(socket) : socket;
  };
}

interface Upgrade extends Pick<Passage, 'route' | 'path'> {
  readonly connection: UpgradeConnection;
}

/** The upgrade of a proxied connection, a WebSocket for instance. */
export async function proxyUpgrade(
  server: ServerContext,
  request: ApiServerRequest,
  { route, connection, path }: Upgrade,
): Promise<void> {
  const [, prefix] = pathPattern.exec(request.path) ?? [];
  if (prefix === undefined) throw unknownPath();
  const dial = await dialer(server, route);
  await forwardUpgrade(targetOf({ prefix, path }, connection.message.url ?? '/', dial), connection);
}
