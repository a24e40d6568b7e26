import type { EndpointSlice, Service } from '@shared/kinds/wire.ts';
import { serviceNameLabel } from '../network/labels.ts';
import type { Zone } from './zone.ts';

export function service(namespace: string, name: string, spec: NonNullable<Service['spec']>): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name }, spec };
}

export function slice(
  namespace: string,
  serviceName: string,
  content: Pick<EndpointSlice, 'endpoints' | 'ports'> & { addressType?: string },
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: `${serviceName}-x`, labels: { [serviceNameLabel]: serviceName } },
    addressType: 'IPv4',
    ...content,
  };
}

/** A zone of fixed objects. */
export function zoneOf(services: readonly Service[], slices: readonly EndpointSlice[] = []): Zone {
  return {
    domain: 'cluster.local',
    dnsAddress: '10.96.0.10',
    isReady: true,
    hasNamespace: (name) => ['default', 'kube-system', 'empty'].includes(name),
    service: (namespace, name) =>
      services.find(({ metadata }) => metadata?.namespace === namespace && metadata.name === name),
    slices: (namespace, name) =>
      slices.filter(
        ({ metadata }) => metadata?.namespace === namespace && metadata.labels?.[serviceNameLabel] === name,
      ),
    serviceByClusterIp: (ip) =>
      services.find(({ spec }) => spec?.clusterIP === ip || spec?.clusterIPs?.includes(ip)),
    slicesByEndpointIp: (ip) =>
      slices.filter(({ endpoints }) => endpoints?.some(({ addresses }) => addresses.includes(ip))),
    ownsAddress: (ip) => ip.startsWith('10.96.') || ip.startsWith('10.244.') || ip.startsWith('fd00:244:'),
  };
}
