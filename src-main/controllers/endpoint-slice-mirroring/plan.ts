import type { Endpoint, EndpointAddress, EndpointSlice, Endpoints } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { familyOf, type IpFamily, type ResolvedPort } from '../shared/service-pods.ts';
import {
  groupKey,
  keyOfSlice,
  managedByLabel,
  type ReadonlySlice,
  type SlicePlan,
  serviceNameLabel,
} from '../shared/slices.ts';

type ReadonlyEndpoints = DeepReadonly<Endpoints>;

/** Addresses of one subset beyond this are left out. */
export const maxAddressesPerSubset = 1000;
export const managedBy = 'endpointslicemirroring-controller.k8s.io';
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';
/** Of the Endpoints alone: they would be wrong of a slice. */
const ownAnnotations = [
  'endpoints.kubernetes.io/last-change-trigger-time',
  'kubectl.kubernetes.io/last-applied-configuration',
];

/** Endpoints that somebody made for others to connect to: not opted out, and no lock of an election. */
export function isMirrored({ metadata }: ReadonlyEndpoints): boolean {
  return metadata?.labels?.[skipLabel] !== 'true' && metadata?.annotations?.[leaderAnnotation] === undefined;
}

export interface MirrorPlan extends SlicePlan {
  /** Addresses left out. */
  readonly skipped: number;
}

interface Mirror {
  readonly family: IpFamily;
  readonly ports: readonly ResolvedPort[];
  readonly endpoints: Endpoint[];
}

/** What makes the slices tell what the Endpoints tell: one slice per address family and set of ports. */
export function planMirror(endpoints: ReadonlyEndpoints, slices: readonly ReadonlySlice[]): MirrorPlan {
  const { mirrors, skipped } = mirrorsOf(endpoints);
  const { labels, annotations } = metadataOf(endpoints);
  const create: EndpointSlice[] = [];
  const update: ReadonlySlice[] = [];
  const kept = new Set<ReadonlySlice>();
  for (const [key, mirror] of mirrors) {
    const present = slices.find(
      (slice) => slice.metadata?.deletionTimestamp === undefined && keyOfSlice(slice) === key,
    );
    if (!present) {
      create.push(newSlice(endpoints, mirror));
      continue;
    }
    kept.add(present);
    const isSame =
      jsonEqual(present.endpoints ?? [], mirror.endpoints) &&
      jsonEqual(present.metadata?.labels, labels) &&
      jsonEqual(present.metadata?.annotations ?? {}, annotations);
    if (!isSame) {
      const metadata = { ...present.metadata, labels, annotations };
      update.push({ ...present, metadata, endpoints: mirror.endpoints });
    }
  }
  return { create, update, remove: slices.filter((slice) => !kept.has(slice)), skipped };
}

function mirrorsOf({ subsets = [] }: ReadonlyEndpoints) {
  const mirrors = new Map<string, Mirror>();
  let skipped = 0;
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    const resolved = ports.map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({
      name,
      port,
      protocol,
      ...(appProtocol !== undefined && { appProtocol }),
    }));
    const all = [
      ...addresses.map((address) => endpointOf(address, true)),
      ...notReadyAddresses.map((address) => endpointOf(address, false)),
    ];
    skipped += Math.max(0, all.length - maxAddressesPerSubset);
    for (const endpoint of all.slice(0, maxAddressesPerSubset)) {
      const family = familyOf(endpoint.addresses[0] ?? '');
      const key = groupKey(family, resolved);
      const mirror = mirrors.get(key) ?? { family, ports: resolved, endpoints: [] };
      mirror.endpoints.push(endpoint);
      mirrors.set(key, mirror);
    }
  }
  return { mirrors, skipped };
}

function endpointOf(
  { ip, hostname, nodeName, targetRef }: DeepReadonly<EndpointAddress>,
  ready: boolean,
): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname !== undefined && { hostname }),
    ...(targetRef && { targetRef: { ...targetRef } }),
    ...(nodeName !== undefined && { nodeName }),
  };
}

function metadataOf({ metadata }: ReadonlyEndpoints) {
  const annotations = Object.entries(metadata?.annotations ?? {}).filter(
    ([name]) => !ownAnnotations.includes(name),
  );
  return {
    labels: {
      ...metadata?.labels,
      [serviceNameLabel]: metadata?.name ?? '',
      [managedByLabel]: managedBy,
    },
    annotations: Object.fromEntries(annotations),
  };
}

function newSlice(endpoints: ReadonlyEndpoints, mirror: Mirror): EndpointSlice {
  const { name = '', namespace = '', uid = '' } = endpoints.metadata ?? {};
  const owner = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { generateName: `${name}-`, namespace, ...metadataOf(endpoints), ownerReferences: [owner] },
    addressType: mirror.family,
    endpoints: mirror.endpoints,
    ports: mirror.ports.map((port) => ({ ...port })),
  };
}
