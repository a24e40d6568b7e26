import type { ControllerContext, Key } from '@shared/controller/define.ts';
import { isPodTerminal } from '@shared/kinds/core/pod/pod-status.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import type { Pod, Service, ServicePort } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

type ReadonlyPod = DeepReadonly<Pod>;
type ReadonlyService = DeepReadonly<Service>;

export type IpFamily = 'IPv4' | 'IPv6';

/** Label that marks the endpoints of a headless service. */
export const headlessLabel = 'service.kubernetes.io/headless';

/** A port as endpoints carry it. */
export interface ResolvedPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

/** Its endpoints are made by controllers: it has a selector and is not an alias for an outside name. */
export function hasManagedEndpoints(service: ReadonlyService): boolean {
  const { type, selector } = service.spec ?? {};
  return type !== 'ExternalName' && Object.keys(selector ?? {}).length > 0;
}

export function isHeadless(service: ReadonlyService): boolean {
  return service.spec?.clusterIP === 'None';
}

export function selects(service: ReadonlyService, pod: ReadonlyPod): boolean {
  const labels = pod.metadata?.labels ?? {};
  return Object.entries(service.spec?.selector ?? {}).every(([key, value]) => labels[key] === value);
}

/** Has an address and has not ended. */
export function hasEndpoint(pod: ReadonlyPod): boolean {
  return !isPodTerminal(pod) && addressesOf(pod).length > 0;
}

export function addressesOf(pod: ReadonlyPod): readonly string[] {
  const { podIP, podIPs } = pod.status ?? {};
  if (podIPs?.length) return podIPs.map(({ ip }) => ip ?? '').filter((ip) => ip !== '');
  return podIP ? [podIP] : [];
}

export function familyOf(ip: string): IpFamily {
  return ip.includes(':') ? 'IPv6' : 'IPv4';
}

/** The families the service speaks, the primary one first. */
export function familiesOf(service: ReadonlyService): readonly IpFamily[] {
  const stated = (service.spec?.ipFamilies ?? []).filter((family) => family === 'IPv4' || family === 'IPv6');
  if (stated.length > 0) return stated;
  const { clusterIP } = service.spec ?? {};
  return [clusterIP && clusterIP !== 'None' ? familyOf(clusterIP) : 'IPv4'];
}

/** The service's ports on this pod; a named target port the pod does not have is left out. */
export function resolvePorts(service: ReadonlyService, pod: ReadonlyPod): ResolvedPort[] {
  return (service.spec?.ports ?? []).flatMap((wanted) => {
    const port = targetPort(wanted, pod);
    if (port === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = wanted;
    return [{ name, port, protocol, ...(appProtocol !== undefined && { appProtocol }) }];
  });
}

function targetPort(wanted: DeepReadonly<ServicePort>, pod: ReadonlyPod): number | undefined {
  const target: unknown = wanted.targetPort ?? wanted.port;
  if (typeof target === 'number') return target === 0 ? wanted.port : target;
  if (typeof target !== 'string' || target === '') return wanted.port;
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const ports = [...containers, ...sidecars].flatMap(({ ports }) => ports ?? []);
  return ports.find(
    ({ name, protocol = 'TCP' }) => name === target && protocol === (wanted.protocol ?? 'TCP'),
  )?.containerPort;
}

/** `spec.hostname` counts where the pod says that this service is its subdomain. */
export function hostnameIn(service: ReadonlyService, pod: ReadonlyPod): string | undefined {
  const { hostname, subdomain } = pod.spec ?? {};
  return hostname && subdomain === service.metadata?.name ? hostname : undefined;
}

/** What an endpoint refers to. */
export function podReference(pod: ReadonlyPod) {
  const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
  return { kind: 'Pod', namespace, name, uid };
}

/** The services a pod's change may concern. */
export function servicesOf(pod: ReadonlyPod, context: ControllerContext): readonly Key[] {
  const { namespace = '' } = pod.metadata ?? {};
  return context
    .informer(serviceKind)
    .list(namespace)
    .filter((service) => hasManagedEndpoints(service) && selects(service, pod))
    .map(({ metadata }) => ({ namespace, name: metadata?.name ?? '' }));
}
