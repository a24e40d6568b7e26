import type { Client } from '@shared/client/client.ts';
import { createInformer, type RunningInformer } from '@shared/client/reflector.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import type { EndpointSlice, Namespace, Service } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

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

/** The Service a slice belongs to. */
export const serviceNameLabel = 'kubernetes.io/service-name';

export interface InformedZoneOptions {
  readonly client: Client;
  readonly domain: string;
  readonly dnsAddress: string;
  readonly ownsAddress: (ip: string) => boolean;
  readonly clock: Clock;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

/** A zone kept up to date by informers while `run` runs. */
export class InformedZone implements Zone {
  readonly domain: string;
  readonly dnsAddress: string;
  readonly ownsAddress: (ip: string) => boolean;
  readonly #namespaces: RunningInformer<Namespace>;
  readonly #services: RunningInformer<Service>;
  readonly #slices: RunningInformer<EndpointSlice>;

  constructor({ client, domain, dnsAddress, ownsAddress, clock, log }: InformedZoneOptions) {
    this.domain = domain.toLowerCase();
    this.dnsAddress = dnsAddress;
    this.ownsAddress = ownsAddress;
    this.#namespaces = createInformer({ client, kind: namespaceKind, clock, log });
    this.#services = createInformer({
      client,
      kind: serviceKind,
      clock,
      log,
      indexes: { clusterIp: ({ spec }) => spec?.clusterIPs ?? (spec?.clusterIP ? [spec.clusterIP] : []) },
    });
    this.#slices = createInformer({
      client,
      kind: endpointSliceKind,
      clock,
      log,
      indexes: {
        service: ({ metadata }) => [`${metadata?.namespace}/${metadata?.labels?.[serviceNameLabel]}`],
        address: ({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses),
      },
    });
  }

  /** Resolves when `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#namespaces.run(signal), this.#services.run(signal), this.#slices.run(signal)]);
  }

  get isReady(): boolean {
    return this.#namespaces.synced && this.#services.synced && this.#slices.synced;
  }

  hasNamespace(name: string): boolean {
    return this.#namespaces.get('', name) !== undefined;
  }

  service(namespace: string, name: string): DeepReadonly<Service> | undefined {
    return this.#services.get(namespace, name);
  }

  slices(namespace: string, serviceName: string): readonly DeepReadonly<EndpointSlice>[] {
    return this.#slices.byIndex('service', `${namespace}/${serviceName}`);
  }

  serviceByClusterIp(ip: string): DeepReadonly<Service> | undefined {
    return this.#services.byIndex('clusterIp', ip)[0];
  }

  slicesByEndpointIp(ip: string): readonly DeepReadonly<EndpointSlice>[] {
    return this.#slices.byIndex('address', ip);
  }
}
