import { isPodReady } from '@shared/kinds/core/pod/pod-status.ts';
import type { Endpoint, EndpointSlice, Node, Pod, Service } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import {
  addressesOf,
  familiesOf,
  familyOf,
  hasEndpoint,
  headlessLabel,
  hostnameIn,
  type IpFamily,
  isHeadless,
  podReference,
  type ResolvedPort,
  resolvePorts,
  selects,
} from '../shared/service-pods.ts';
import {
  groupKey,
  keyOfSlice,
  managedByLabel,
  type ReadonlySlice,
  type SlicePlan,
  serviceNameLabel,
} from '../shared/slices.ts';

type ReadonlyEndpoint = DeepReadonly<Endpoint>;

const maxEndpointsPerSlice = 100;
export const managedBy = 'endpointslice-controller.k8s.io';
const zoneLabel = 'topology.kubernetes.io/zone';

export interface SliceState {
  readonly service: DeepReadonly<Service>;
  /** Pods of the service's namespace. */
  readonly pods: readonly DeepReadonly<Pod>[];
  nodeOf(name: string): DeepReadonly<Node> | undefined;
  /** The slices this controller manages for the service. */
  readonly slices: readonly ReadonlySlice[];
}

/** Endpoints of one address family that share the same ports and so may share a slice. */
interface Group {
  readonly family: IpFamily;
  readonly ports: readonly ResolvedPort[];
  readonly endpoints: Map<string, ReadonlyEndpoint>;
}

/**
 * What makes the slices tell of the pods. Endpoints stay in the slice they are in; new ones fill slices that
 * change anyway, then slices with room, then new slices. A family without endpoints keeps one empty slice.
 */
export function planSlices(state: SliceState): SlicePlan {
  const labels = sliceLabels(state.service);
  const groups = desiredGroups(state);
  const create: EndpointSlice[] = [];
  const update: ReadonlySlice[] = [];
  const kept = new Set<ReadonlySlice>();
  for (const group of groups.values()) {
    const key = groupKey(group.family, group.ports);
    const present = state.slices.filter(
      (slice) => slice.metadata?.deletionTimestamp === undefined && keyOfSlice(slice) === key,
    );
    const { contents, surplus } = distribute(group, present);
    for (const [slice, endpoints] of contents) {
      kept.add(slice);
      const isSame = jsonEqual(slice.endpoints ?? [], endpoints);
      if (isSame && jsonEqual(slice.metadata?.labels, labels)) continue;
      update.push({ ...slice, metadata: { ...slice.metadata, labels }, endpoints });
    }
    for (const endpoints of surplus) create.push(newSlice(state.service, { group, endpoints, labels }));
  }
  return { create, update, remove: state.slices.filter((slice) => !kept.has(slice)) };
}

function desiredGroups({ service, pods, nodeOf }: SliceState): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const family of familiesOf(service)) {
    let isEmpty = true;
    for (const pod of pods) {
      if (!hasEndpoint(pod) || !selects(service, pod)) continue;
      const address = addressesOf(pod).find((ip) => familyOf(ip) === family);
      if (address === undefined) continue;
      isEmpty = false;
      const ports = resolvePorts(service, pod);
      const key = groupKey(family, ports);
      const group = groups.get(key) ?? { family, ports, endpoints: new Map() };
      groups.set(key, group);
      const node = pod.spec?.nodeName === undefined ? undefined : nodeOf(pod.spec.nodeName);
      const endpoint = endpointOf(service, pod, { address, zone: node?.metadata?.labels?.[zoneLabel] });
      group.endpoints.set(endpointKey(endpoint), endpoint);
    }
    if (isEmpty) groups.set(groupKey(family, []), { family, ports: [], endpoints: new Map() });
  }
  return groups;
}

function endpointOf(
  service: DeepReadonly<Service>,
  pod: DeepReadonly<Pod>,
  { address, zone }: { address: string; zone: string | undefined },
): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata?.deletionTimestamp !== undefined;
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const hostname = hostnameIn(service, pod);
  const nodeName = pod.spec?.nodeName;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname !== undefined && { hostname }),
    targetRef: podReference(pod),
    ...(nodeName && { nodeName }),
    ...(zone !== undefined && { zone }),
  };
}

interface Distribution {
  /** Slices that stay, with their endpoints. */
  readonly contents: ReadonlyMap<ReadonlySlice, readonly ReadonlyEndpoint[]>;
  /** Endpoints for new slices. */
  readonly surplus: readonly (readonly ReadonlyEndpoint[])[];
}

function distribute(group: Group, present: readonly ReadonlySlice[]): Distribution {
  const waiting = new Map(group.endpoints);
  const contents = new Map<ReadonlySlice, ReadonlyEndpoint[]>();
  for (const slice of present) {
    const stay = (slice.endpoints ?? []).flatMap((endpoint) => {
      const key = endpointKey(endpoint);
      const wanted = waiting.get(key);
      waiting.delete(key);
      return wanted ? [wanted] : [];
    });
    contents.set(slice, stay);
  }
  const changes = (slice: ReadonlySlice) =>
    jsonEqual(slice.endpoints ?? [], contents.get(slice) ?? []) ? 1 : 0;
  const rest = [...waiting.values()];
  for (const slice of [...present].sort((a, b) => changes(a) - changes(b))) {
    const held = contents.get(slice) ?? [];
    held.push(...rest.splice(0, maxEndpointsPerSlice - held.length));
  }
  const surplus: ReadonlyEndpoint[][] = [];
  while (rest.length > 0) surplus.push(rest.splice(0, maxEndpointsPerSlice));
  const needsPlaceholder = group.endpoints.size === 0;
  let hasPlaceholder = false;
  for (const [slice, endpoints] of contents) {
    if (endpoints.length > 0) continue;
    if (needsPlaceholder && !hasPlaceholder) hasPlaceholder = true;
    else contents.delete(slice);
  }
  if (needsPlaceholder && !hasPlaceholder) surplus.push([]);
  return { contents, surplus };
}

function newSlice(
  service: DeepReadonly<Service>,
  {
    group,
    endpoints,
    labels,
  }: { group: Group; endpoints: readonly ReadonlyEndpoint[]; labels: Record<string, string> },
): EndpointSlice {
  const { name = '', namespace = '', uid = '' } = service.metadata ?? {};
  const owner = { apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { generateName: `${name}-`, namespace, labels, ownerReferences: [owner] },
    addressType: group.family,
    endpoints: endpoints as Endpoint[],
    ports: group.ports.map((port) => ({ ...port })),
  };
}

function sliceLabels(service: DeepReadonly<Service>): Record<string, string> {
  return {
    ...service.metadata?.labels,
    ...(isHeadless(service) && { [headlessLabel]: '' }),
    [serviceNameLabel]: service.metadata?.name ?? '',
    [managedByLabel]: managedBy,
  };
}

function endpointKey({ targetRef, addresses }: ReadonlyEndpoint): string {
  return `${targetRef?.uid} ${addresses[0]}`;
}
