import { isPodReady } from '@shared/kinds/core/pod/pod-status.ts';
import type { EndpointAddress, EndpointSubset, Endpoints, Pod, Service } from '@shared/kinds/wire.ts';
import { jsonEqual, stableStringify } from '@shared/lib/json.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import {
  addressesOf,
  familiesOf,
  familyOf,
  hasEndpoint,
  headlessLabel,
  hostnameIn,
  isHeadless,
  podReference,
  type ResolvedPort,
  resolvePorts,
  selects,
} from '../shared/service-pods.ts';

type ReadonlyEndpoints = DeepReadonly<Endpoints>;

/** More addresses than this are cut off and the annotation says so; EndpointSlices have them all. */
const maxAddresses = 1000;
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity';
export const managedByLabel = 'endpoints.kubernetes.io/managed-by';
export const managedBy = 'endpoint-controller';

export type EndpointsAction =
  | { readonly do: 'nothing' }
  | { readonly do: 'create' | 'update'; readonly endpoints: ReadonlyEndpoints };

/** What makes the Endpoints object of a service tell of its pods. */
export function planEndpoints(
  service: DeepReadonly<Service>,
  pods: readonly DeepReadonly<Pod>[],
  present: ReadonlyEndpoints | undefined,
): EndpointsAction {
  const { subsets, isCut } = desiredSubsets(service, pods);
  const labels = {
    ...service.metadata?.labels,
    ...(isHeadless(service) && { [headlessLabel]: '' }),
    [managedByLabel]: managedBy,
  };
  const { [overCapacityAnnotation]: _, ...others } = present?.metadata?.annotations ?? {};
  const annotations = { ...others, ...(isCut && { [overCapacityAnnotation]: 'truncated' }) };
  const { name = '', namespace = '' } = service.metadata ?? {};
  const metadata = { ...present?.metadata, name, namespace, labels, annotations };
  const endpoints = { ...(present ?? { apiVersion: 'v1', kind: 'Endpoints' }), metadata, subsets };
  if (!present) return { do: 'create', endpoints };
  const isSame =
    jsonEqual(labels, present.metadata?.labels) &&
    jsonEqual(annotations, present.metadata?.annotations ?? {}) &&
    jsonEqual(subsets, present.subsets ?? []);
  return isSame ? { do: 'nothing' } : { do: 'update', endpoints };
}

interface Entry {
  readonly address: EndpointAddress;
  readonly ports: readonly ResolvedPort[];
  readonly ready: boolean;
}

function desiredSubsets(service: DeepReadonly<Service>, pods: readonly DeepReadonly<Pod>[]) {
  const [family = 'IPv4'] = familiesOf(service);
  const publishAll = service.spec?.publishNotReadyAddresses === true;
  const entries: Entry[] = pods
    .filter((pod) => hasEndpoint(pod) && selects(service, pod))
    .filter(({ metadata }) => publishAll || metadata?.deletionTimestamp === undefined)
    .flatMap((pod) => {
      const ip = addressesOf(pod).find((address) => familyOf(address) === family);
      const ports = resolvePorts(service, pod);
      const hasPlace = ports.length > 0 || (isHeadless(service) && (service.spec?.ports ?? []).length === 0);
      if (ip === undefined || !hasPlace) return [];
      return [{ address: addressOf(service, pod, ip), ports, ready: publishAll || isPodReady(pod) }];
    });
  // Ready ones count first when there are too many.
  const kept = [...entries].sort((a, b) => Number(b.ready) - Number(a.ready)).slice(0, maxAddresses);
  const byPorts = new Map<string, Entry[]>();
  for (const entry of kept) {
    const key = stableStringify(entry.ports.map((port) => ({ ...port })));
    byPorts.set(key, [...(byPorts.get(key) ?? []), entry]);
  }
  const subsets = [...byPorts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => subsetOf(group));
  return { subsets, isCut: entries.length > maxAddresses };
}

function subsetOf(group: readonly Entry[]): EndpointSubset {
  const pick = (ready: boolean) =>
    group
      .filter((entry) => entry.ready === ready)
      .map(({ address }) => address)
      .sort((a, b) => (a.ip < b.ip ? -1 : 1));
  const [addresses, notReadyAddresses] = [pick(true), pick(false)];
  const ports = (group[0]?.ports ?? []).map(({ name, ...rest }) => ({
    ...(name !== '' && { name }),
    ...rest,
  }));
  return {
    ...(addresses.length > 0 && { addresses }),
    ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
    ...(ports.length > 0 && { ports }),
  };
}

function addressOf(service: DeepReadonly<Service>, pod: DeepReadonly<Pod>, ip: string): EndpointAddress {
  const hostname = hostnameIn(service, pod);
  const nodeName = pod.spec?.nodeName;
  return {
    ip,
    ...(hostname !== undefined && { hostname }),
    ...(nodeName && { nodeName }),
    targetRef: podReference(pod),
  };
}
