import type { Unchecked } from '../../../lib/types.ts';
import type { Service } from '../../wire.ts';

type ReadonlyService = Unchecked<Service>;

/** The cluster IP of a service that is found by DNS alone. */
export const headless = 'None';

export function isHeadless(service: ReadonlyService): boolean {
  const ips = service.spec?.clusterIPs ?? (service.spec?.clusterIP ? [service.spec.clusterIP] : []);
  return ips.length === 1 && ips[0] === headless;
}

/** Types that live on an address of the cluster (which may be `None`). */
export function needsClusterIp(service: ReadonlyService): boolean {
  return isOneOf(service, ['ClusterIP', 'NodePort', 'LoadBalancer']);
}

/** Types that open a port on every node; a load balancer may be told not to. */
export function needsNodePort(service: ReadonlyService): boolean {
  if (service.spec?.type === 'NodePort') return true;
  return service.spec?.type === 'LoadBalancer' && service.spec.allocateLoadBalancerNodePorts !== false;
}

/** True when a port answers load balancers whether the node has endpoints of its own. */
export function needsHealthCheckNodePort(service: ReadonlyService): boolean {
  return service.spec?.type === 'LoadBalancer' && service.spec.externalTrafficPolicy === 'Local';
}

/** True when traffic may come from outside the cluster. */
export function isExternallyAccessible(service: ReadonlyService): boolean {
  const external = service.spec?.type === 'ClusterIP' && (service.spec.externalIPs ?? []).length > 0;
  return external || isOneOf(service, ['NodePort', 'LoadBalancer']);
}

function isOneOf(service: ReadonlyService, types: readonly string[]): boolean {
  return types.includes(service.spec?.type ?? '');
}
