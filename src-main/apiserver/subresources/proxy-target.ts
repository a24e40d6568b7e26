import { isIP } from 'node:net';
import { ApiError } from '@shared/api/status.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import type { EndpointSlice, Node, Pod, Service } from '@shared/kinds/wire.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import type { ServerContext } from '../context.ts';
import { objectOf, storePrefix } from '../objects.ts';
import { badRequest } from '../registry/errors.ts';
import { getEntry } from '../registry/read.ts';
import type { NetworkAddress } from '../streaming/pod-network.ts';

/** `[scheme:]name[:port]` of a proxy request. */
export interface SchemeNamePort {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** A number or a name; '' when not said. */
  readonly port: string;
}

/** Where a proxied request ends. */
export interface Backend extends NetworkAddress {
  readonly isTls: boolean;
}

/** Splits the name of a proxy request; 400 when it is none. */
export function splitSchemeNamePort(text: string, what: string): SchemeNamePort {
  const parts = text.split(':');
  const [scheme = '', name = '', port = ''] =
    parts.length === 1 ? ['', ...parts] : parts.length === 2 ? ['', ...parts] : parts;
  if (parts.length > 3 || name === '' || !['', 'http', 'https'].includes(scheme))
    throw badRequest(`invalid ${what} request ${JSON.stringify(text)}`);
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port };
}

/** A pod's own address; the port said or the first one its containers declare. */
export async function podBackend(server: ServerContext, namespace: string, text: string): Promise<Backend> {
  const { scheme, name, port } = splitSchemeNamePort(text, 'pod');
  const pod = objectOf<Pod>(await getEntry(server, { kind: podKind, namespace, name }));
  const address = pod.status?.podIP ?? '';
  if (isIP(address) === 0) throw badRequest('address not allowed');
  const declared = pod.spec?.containers.find((container) => (container.ports ?? []).length > 0)?.ports?.[0];
  const chosen =
    port === '' ? (declared?.containerPort ?? (scheme === 'https' ? 443 : 80)) : portNumber(port, text);
  return { nodeName: pod.spec?.nodeName, address, port: chosen, isTls: scheme === 'https' };
}

function portNumber(port: string, text: string): number {
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw badRequest(`invalid pod request ${JSON.stringify(text)}`);
  return number;
}

/** One of a Service's ready endpoints, by chance. 503 when it has none. */
export async function serviceBackend(
  server: ServerContext,
  namespace: string,
  text: string,
): Promise<Backend> {
  const { scheme, name, port } = splitSchemeNamePort(text, 'service');
  const entry = await getEntry(server, { kind: serviceKind, namespace, name });
  const service = objectOf<Service>(entry);
  const portName = /^\d+$/.test(port) ? servicePortName(service, Number(port)) : port;
  const found = await endpointsOf(server, { namespace, name, portName });
  if (found.length === 0) {
    throw ApiError.of(
      'ServiceUnavailable',
      `no endpoints available for service ${JSON.stringify(portName === '' ? name : text)}`,
    );
  }
  const chosen = found[Math.floor(Math.random() * found.length)] ?? found[0];
  return { ...(chosen as NetworkAddress), isTls: scheme === 'https' };
}

function servicePortName({ metadata, spec }: Unchecked<Service>, port: number): string {
  const found = spec?.ports?.find((candidate) => candidate.port === port);
  if (found) return found.name ?? '';
  throw ApiError.of(
    'ServiceUnavailable',
    `no service port ${port} found for service ${JSON.stringify(metadata?.name)}`,
  );
}

async function endpointsOf(
  server: ServerContext,
  service: { namespace: string; name: string; portName: string },
): Promise<NetworkAddress[]> {
  const { entries } = await server.store.range(storePrefix(endpointSliceKind, service.namespace));
  const found: NetworkAddress[] = [];
  for (const entry of entries) {
    const { metadata, endpoints, ports } = objectOf<EndpointSlice>(entry);
    if (metadata?.labels?.['kubernetes.io/service-name'] !== service.name) continue;
    const port = ports?.find(({ name }) => (name ?? '') === service.portName)?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions, nodeName } of endpoints ?? []) {
      const [address] = addresses;
      if (address !== undefined && conditions?.ready !== false) found.push({ nodeName, address, port });
    }
  }
  return found;
}

/** A port of a node that is not its kubelet's. */
export async function nodeBackend(
  server: ServerContext,
  { scheme, name, port }: SchemeNamePort,
): Promise<Backend> {
  const node = objectOf<Node>(await getEntry(server, { kind: nodeKind, namespace: '', name }));
  const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
  if (isIP(address) === 0) throw badRequest('address not allowed');
  return { nodeName: name, address, port: portNumber(port, name), isTls: scheme === 'https' };
}
