import type { EndpointSlice, Service } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { serviceNameLabel } from '../network/labels.ts';

export type Protocol = 'tcp' | 'udp' | 'sctp';
/** nftables' names of the address families. */
export type Family = 'ip' | 'ip6';

/** Where one connection to a Service may end up. */
export interface Backend {
  readonly ip: string;
  readonly port: number;
  /** The pod runs on this node. */
  readonly isLocal: boolean;
}

/** What a node does for one port of one Service in one address family. */
export interface ServicePortPlan {
  readonly namespace: string;
  readonly name: string;
  readonly protocol: Protocol;
  readonly family: Family;
  readonly port: number;
  readonly clusterIp: string;
  /** `spec.externalIPs`. */
  readonly externalIps: readonly string[];
  /** Addresses a load balancer got, to be short-cut within the cluster. */
  readonly loadBalancerIps: readonly string[];
  /** CIDRs that may use the load balancer's addresses; empty: everyone. */
  readonly sourceRanges: readonly string[];
  readonly nodePort: number | undefined;
  /** Everywhere in the cluster. */
  readonly backends: readonly Backend[];
  /** On this node; computed for itself, as a local pod that is shutting down may serve where no other is. */
  readonly localBackends: readonly Backend[];
  readonly internalPolicy: 'Cluster' | 'Local';
  readonly externalPolicy: 'Cluster' | 'Local';
  /** Session affinity by client address; undefined: none. */
  readonly affinitySeconds: number | undefined;
}

type ReadonlyService = DeepReadonly<Service>;
type ReadonlySlice = DeepReadonly<EndpointSlice>;

/** Services with one of these labels are another proxy's, or nobody's. */
const foreignLabels = ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless'];
const defaultAffinitySeconds = 10_800;

/**
 * Decides, for every port of every Service with a ClusterIP, where a node sends its connections. Rules as in
 * kube-proxy of Kubernetes 1.36: ready endpoints; where none is ready, those that serve while they shut down;
 * topology hints when every ready endpoint carries them. Sorted, so that equal states give equal plans.
 */
export function planServices(
  services: readonly ReadonlyService[],
  slices: readonly ReadonlySlice[],
  nodeName: string,
): ServicePortPlan[] {
  const slicesByService = new Map<string, ReadonlySlice[]>();
  for (const slice of slices) {
    const key = `${slice.metadata?.namespace}/${slice.metadata?.labels?.[serviceNameLabel]}`;
    const known = slicesByService.get(key);
    if (known) known.push(slice);
    else slicesByService.set(key, [slice]);
  }
  return services
    .flatMap((service) => {
      const key = `${service.metadata?.namespace}/${service.metadata?.name}`;
      return planService(service, slicesByService.get(key) ?? [], nodeName);
    })
    .sort((a, b) => compareText(keyOf(a), keyOf(b)));
}

/** Names a plan within one address family, e.g. `default/web/tcp/80`. */
export const keyOf = ({ namespace, name, protocol, port, family }: ServicePortPlan): string =>
  `${namespace}/${name}/${protocol}/${port}${family === 'ip' ? '' : '/v6'}`;

function planService(
  service: ReadonlyService,
  slices: readonly ReadonlySlice[],
  nodeName: string,
): ServicePortPlan[] {
  const { metadata, spec, status } = service;
  if (!spec || spec.type === 'ExternalName') return [];
  if (foreignLabels.some((label) => metadata?.labels?.[label] !== undefined)) return [];
  const clusterIps = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  const loadBalancerIps = (status?.loadBalancer?.ingress ?? [])
    .filter(({ ipMode }) => ipMode !== 'Proxy')
    .flatMap(({ ip }) => (ip ? [ip] : []));
  return clusterIps.filter(isAddress).flatMap((clusterIp) => {
    const family = familyOf(clusterIp);
    const sameFamily = (address: string) => familyOf(address) === family;
    return (spec.ports ?? []).map((port): ServicePortPlan => {
      const endpoints = endpointsOf(slices, { family, portName: port.name ?? '', nodeName });
      return {
        namespace: metadata?.namespace ?? '',
        name: metadata?.name ?? '',
        protocol: protocolOf(port.protocol),
        family,
        port: port.port,
        clusterIp,
        externalIps: (spec.externalIPs ?? []).filter(sameFamily),
        loadBalancerIps: loadBalancerIps.filter(sameFamily),
        sourceRanges: (spec.loadBalancerSourceRanges ?? []).map((range) => range.trim()).filter(sameFamily),
        nodePort: port.nodePort || undefined,
        backends: usable(withHints(endpoints, nodeName)),
        localBackends: usable(endpoints.filter(({ isLocal }) => isLocal)),
        internalPolicy: spec.internalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
        externalPolicy: spec.externalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
        affinitySeconds:
          spec.sessionAffinity === 'ClientIP'
            ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds)
            : undefined,
      };
    });
  });
}

interface Endpoint extends Backend {
  readonly isReady: boolean;
  readonly isServing: boolean;
  readonly hintNodes: readonly string[] | undefined;
}

function endpointsOf(
  slices: readonly ReadonlySlice[],
  { family, portName, nodeName }: { family: Family; portName: string; nodeName: string },
): Endpoint[] {
  const byAddress = new Map<string, Endpoint>();
  for (const slice of slices) {
    if (slice.addressType !== (family === 'ip' ? 'IPv4' : 'IPv6')) continue;
    const port = (slice.ports ?? []).find(({ name }) => (name ?? '') === portName)?.port;
    if (!port) continue;
    for (const { addresses, conditions, nodeName: home, hints } of slice.endpoints ?? []) {
      const [ip] = addresses;
      if (ip === undefined) continue;
      const isReady = conditions?.ready !== false;
      const endpoint: Endpoint = {
        ip,
        port,
        isLocal: home === nodeName,
        isReady,
        isServing: conditions?.serving ?? isReady,
        hintNodes: hints?.forNodes?.map(({ name }) => name),
      };
      // One pod may stand in two slices while the controller moves it; the better news wins.
      const key = `${ip} ${port}`;
      const known = byAddress.get(key);
      if (!known || (isReady && !known.isReady)) byAddress.set(key, endpoint);
    }
  }
  return [...byAddress.entries()].sort(([a], [b]) => compareText(a, b)).map(([, endpoint]) => endpoint);
}

/** Endpoints meant for this node (`trafficDistribution: PreferSameNode`), as far as the hints are complete. */
function withHints(endpoints: readonly Endpoint[], nodeName: string): readonly Endpoint[] {
  const ready = endpoints.filter(({ isReady }) => isReady);
  if (ready.length === 0 || ready.some(({ hintNodes }) => hintNodes === undefined)) return endpoints;
  const meant = ready.filter(({ hintNodes }) => hintNodes?.includes(nodeName));
  return meant.length > 0 ? meant : endpoints;
}

function usable(endpoints: readonly Endpoint[]): Backend[] {
  const ready = endpoints.filter(({ isReady }) => isReady);
  const chosen = ready.length > 0 ? ready : endpoints.filter(({ isServing }) => isServing);
  return chosen.map(({ ip, port, isLocal }) => ({ ip, port, isLocal }));
}

function protocolOf(protocol: string | undefined): Protocol {
  switch (protocol) {
    case 'UDP':
      return 'udp';
    case 'SCTP':
      return 'sctp';
    default:
      return 'tcp';
  }
}

const isAddress = (clusterIp: string): boolean => clusterIp !== '' && clusterIp !== 'None';
const familyOf = (address: string): Family => (address.includes(':') ? 'ip6' : 'ip');
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
