import type { EndpointSlice, Service } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { ServiceInformers } from '../network/service-informers.ts';

/** What cluster DNS knows of the cluster. */
export interface Zone {
  /** Lower case, without a dot at the end, e.g. `cluster.local`. */
  readonly domain: string;
  /** Address of cluster DNS itself. */
  readonly dnsAddress: string;
  /** Whether the objects have arrived; before that nothing can be said to be absent. */
  readonly isReady: boolean;
  hasNamespace(name: string): boolean;
  service(namespace: string, name: string): DeepReadonly<Service> | undefined;
  slices(namespace: string, serviceName: string): readonly DeepReadonly<EndpointSlice>[];
  serviceByClusterIp(ip: string): DeepReadonly<Service> | undefined;
  slicesByEndpointIp(ip: string): readonly DeepReadonly<EndpointSlice>[];
  /** Whether an address can only be a Service's or a pod's: nobody outside knows a name for it. */
  ownsAddress(ip: string): boolean;
}

export interface InformedZoneOptions {
  readonly informers: ServiceInformers;
  readonly domain: string;
  readonly dnsAddress: string;
  readonly ownsAddress: (ip: string) => boolean;
}

/** A zone as up to date as its informers. */
export class InformedZone implements Zone {
  readonly domain: string;
  readonly dnsAddress: string;
  readonly ownsAddress: (ip: string) => boolean;
  readonly #informers: ServiceInformers;

  constructor({ informers, domain, dnsAddress, ownsAddress }: InformedZoneOptions) {
    this.domain = domain.toLowerCase();
    this.dnsAddress = dnsAddress;
    this.ownsAddress = ownsAddress;
    this.#informers = informers;
  }

  get isReady(): boolean {
    const { namespaces, services, slices } = this.#informers;
    return namespaces.synced && services.synced && slices.synced;
  }

  hasNamespace(name: string): boolean {
    return this.#informers.namespaces.get('', name) !== undefined;
  }

  service(namespace: string, name: string): DeepReadonly<Service> | undefined {
    return this.#informers.services.get(namespace, name);
  }

  slices(namespace: string, serviceName: string): readonly DeepReadonly<EndpointSlice>[] {
    return this.#informers.slices.byIndex('service', `${namespace}/${serviceName}`);
  }

  serviceByClusterIp(ip: string): DeepReadonly<Service> | undefined {
    return this.#informers.services.byIndex('clusterIp', ip)[0];
  }

  slicesByEndpointIp(ip: string): readonly DeepReadonly<EndpointSlice>[] {
    return this.#informers.slices.byIndex('address', ip);
  }
}
