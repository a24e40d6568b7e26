import type { EndpointSlice, Service } from '@shared/kinds/wire.ts';

/** A Service of namespace `default` as the API server would serve it. */
export function service(name: string, spec: Service['spec'], status?: Service['status']): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    ...(spec && { spec: { type: 'ClusterIP', ...spec } }),
    ...(status && { status }),
  };
}

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];

/** A slice of the Service's endpoints, with one port. */
export function slice(
  serviceName: string,
  port: { name?: string; port: number; protocol?: string },
  endpoints: readonly Endpoint[],
  addressType: 'IPv4' | 'IPv6' = 'IPv4',
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${serviceName}-${addressType.toLowerCase()}`,
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': serviceName },
    },
    addressType,
    ports: [{ name: '', protocol: 'TCP', ...port }],
    endpoints: [...endpoints],
  };
}

export const ready = (address: string, nodeName: string): Endpoint => ({
  addresses: [address],
  nodeName,
  conditions: { ready: true, serving: true, terminating: false },
});

export const terminating = (address: string, nodeName: string): Endpoint => ({
  addresses: [address],
  nodeName,
  conditions: { ready: false, serving: true, terminating: true },
});

export const unready = (address: string, nodeName: string): Endpoint => ({
  addresses: [address],
  nodeName,
  conditions: { ready: false, serving: false, terminating: false },
});
