import { deploymentKind } from './apps/deployment/kind.ts';
import { replicaSetKind } from './apps/replica-set/kind.ts';
import { leaseKind } from './coordination/lease/kind.ts';
import { configMapKind } from './core/config-map/kind.ts';
import { endpointsKind } from './core/endpoints/kind.ts';
import { eventKind } from './core/event/kind.ts';
import { namespaceKind } from './core/namespace/kind.ts';
import { nodeKind } from './core/node/kind.ts';
import { podKind } from './core/pod/kind.ts';
import { secretKind } from './core/secret/kind.ts';
import { serviceKind } from './core/service/kind.ts';
import { serviceAccountKind } from './core/service-account/kind.ts';
import type { AnyKind } from './define.ts';
import { endpointSliceKind } from './discovery/endpoint-slice/kind.ts';

/** Every built-in kind, in the order in which discovery and the side bar name them. A new kind is one line here. */
export const kinds: readonly AnyKind[] = [
  namespaceKind,
  nodeKind,
  podKind,
  serviceKind,
  endpointsKind,
  configMapKind,
  secretKind,
  serviceAccountKind,
  eventKind,
  deploymentKind,
  replicaSetKind,
  endpointSliceKind,
  leaseKind,
];

const byGvk = new Map(kinds.map((kind) => [`${kind.group}/${kind.version}/${kind.kind}`, kind]));
const byResource = new Map(kinds.map((kind) => [`${kind.group}/${kind.version}/${kind.plural}`, kind]));

/** The built-in kind of that name, e.g. `{ group: 'apps', version: 'v1', kind: 'Deployment' }`. */
export function kindByGvk(gvk: { group: string; version: string; kind: string }): AnyKind | undefined {
  return byGvk.get(`${gvk.group}/${gvk.version}/${gvk.kind}`);
}

/** The built-in kind served under that path, e.g. `{ group: 'apps', version: 'v1', plural: 'deployments' }`. */
export function kindByResource(resource: {
  group: string;
  version: string;
  plural: string;
}): AnyKind | undefined {
  return byResource.get(`${resource.group}/${resource.version}/${resource.plural}`);
}
