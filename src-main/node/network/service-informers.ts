import type { Client } from '@shared/client/client.ts';
import { createInformer, type RunningInformer } from '@shared/client/reflector.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import type { EndpointSlice, Namespace, Service } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import { serviceNameLabel } from './labels.ts';

/** What kubelet, kube-proxy and DNS of one node know of Services: one watch and one copy for all three. */
export interface ServiceInformers {
  readonly namespaces: RunningInformer<Namespace>;
  /** Index `clusterIp`. */
  readonly services: RunningInformer<Service>;
  /** Indexes `service` (`namespace/name`) and `address`. */
  readonly slices: RunningInformer<EndpointSlice>;
  /** Lists and watches until `signal` aborts, then resolves. */
  run(signal: AbortSignal): Promise<void>;
}

/** Nothing happens before `run`. */
export function createServiceInformers(options: {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}): ServiceInformers {
  const namespaces = createInformer({ ...options, kind: namespaceKind });
  const services = createInformer({
    ...options,
    kind: serviceKind,
    indexes: { clusterIp: ({ spec }) => spec?.clusterIPs ?? (spec?.clusterIP ? [spec.clusterIP] : []) },
  });
  const slices = createInformer({
    ...options,
    kind: endpointSliceKind,
    indexes: {
      service: ({ metadata }) => [`${metadata?.namespace}/${metadata?.labels?.[serviceNameLabel]}`],
      address: ({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses),
    },
  });
  return {
    namespaces,
    services,
    slices,
    async run(signal) {
      await Promise.all([namespaces.run(signal), services.run(signal), slices.run(signal)]);
    },
  };
}
