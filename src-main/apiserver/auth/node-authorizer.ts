import type { PersistentVolume } from '@shared/kinds/wire.ts';
import type { Store } from '../../store/store.ts';
import { objectOf, storeKey } from '../objects.ts';
import {
  type Attributes,
  type Authorizer,
  allowed,
  type Decision,
  noOpinion,
  selectedValue,
} from './authorizer.ts';
import type { NodeGraph, ReferencedKind } from './node-graph.ts';
import { clusterRoles } from './rbac/default-cluster-roles.ts';
import { parseRule } from './rbac/default-policy.ts';
import { type CompiledRule, compileRule } from './rbac/rule.ts';
import { secretsOfVolume } from './volume-secrets.ts';

const nodeUserPrefix = 'system:node:';
const nodesGroup = 'system:nodes';
const reading = new Set(['get', 'list', 'watch']);
const owning = new Set(['get', 'create', 'update', 'patch', 'delete']);

/** The node a user is, or undefined. A member of `system:nodes` of another name is no node: ''. */
export function nodeNameOf({ name, groups }: Attributes['user']): string | undefined {
  if (!groups.includes(nodesGroup)) return undefined;
  return name.startsWith(nodeUserPrefix) ? name.slice(nodeUserPrefix.length) : '';
}

/**
 * What a node may do by its name: read what the pods bound to it refer to, its own pods and its own Node, look
 * after its Node, Lease and CSINode, ask for tokens of its pods' accounts; the rest is what the role
 * `system:node` says. What it may change in these objects is the NodeRestriction admission's business.
 * Source: Kubernetes, "Using Node Authorization".
 */
export function createNodeAuthorizer(store: Store, graph: NodeGraph): Authorizer {
  let rules: readonly CompiledRule[] | undefined;
  const byRules = (attributes: Attributes): Decision => {
    rules ??= (clusterRoles['system:node'] ?? []).map((line) => compileRule(parseRule(line)));
    return rules.some((rule) => rule.allows(attributes)) ? allowed : noOpinion;
  };
  return {
    authorize(attributes) {
      const node = nodeNameOf(attributes.user);
      if (node === undefined) return noOpinion;
      if (node === '') return refuse(`unknown node for user ${JSON.stringify(attributes.user.name)}`);
      if (!attributes.resourceRequest) return noOpinion;
      const { resource, group } = attributes;
      const parts = { store, graph, node, attributes };
      switch (group === '' ? resource : `${resource}.${group}`) {
        case 'secrets':
        case 'configmaps':
          return readReferenced(parts, resource as ReferencedKind);
        case 'persistentvolumeclaims':
          if (attributes.subresource === 'status') return claimStatus(parts);
          return readReferenced(parts, 'persistentvolumeclaims', ['get']);
        case 'persistentvolumes':
          return readVolume(parts);
        case 'resourceclaims.resource.k8s.io':
          return readReferenced(parts, 'resourceclaims', ['get']);
        case 'volumeattachments.storage.k8s.io':
          return readAttachment(parts);
        case 'serviceaccounts':
          return serveAccount(parts);
        case 'leases.coordination.k8s.io':
          return ownLease(parts);
        case 'csinodes.storage.k8s.io':
          return ownByName(parts, 'CSINode');
        case 'resourceslices.resource.k8s.io':
          return ownSlices(parts);
        case 'nodes':
          return readNodes(parts) ?? byRules(attributes);
        case 'pods':
          return readPods(parts) ?? byRules(attributes);
        default:
          return byRules(attributes);
      }
    },
  };
}

interface Question {
  readonly store: Store;
  readonly graph: NodeGraph;
  readonly node: string;
  readonly attributes: Attributes;
}

async function readReferenced(
  { store, graph, node, attributes }: Question,
  kind: ReferencedKind,
  verbs: readonly string[] = ['get', 'list', 'watch'],
): Promise<Decision> {
  const { verb, subresource, namespace, name } = attributes;
  if (!verbs.includes(verb)) {
    return refuse(
      verbs.length === 1
        ? 'can only get individual resources of this type'
        : 'can only read resources of this type',
    );
  }
  if (subresource !== '') return refuse('cannot read subresource');
  if (namespace === '') return refuse('can only read namespaced object of this type');
  if (name === '') return refuse('No Object name found');
  if (await graph.refers(node, kind, `${namespace}/${name}`)) return allowed;
  if (kind === 'secrets' && (await volumeRefers({ store, graph, node, attributes }))) return allowed;
  return unrelated(node);
}

/** Whether a volume bound to a claim of the node's pods names the secret. */
async function volumeRefers({ store, graph, node, attributes }: Question): Promise<boolean> {
  for (const claim of await graph.referredBy(node, 'persistentvolumeclaims')) {
    const entry = await store.get(`/registry/persistentvolumeclaims/${claim}`);
    const volume = (entry && (objectOf(entry).spec as { volumeName?: string } | undefined)?.volumeName) || '';
    const stored = volume === '' ? undefined : await store.get(`/registry/persistentvolumes/${volume}`);
    if (!stored) continue;
    const { namespace, name } = attributes;
    const secrets = secretsOfVolume(objectOf<PersistentVolume>(stored), claim);
    if (secrets.includes(`${namespace}/${name}`)) return true;
  }
  return false;
}

async function claimStatus({ graph, node, attributes }: Question): Promise<Decision> {
  const { verb, namespace, name } = attributes;
  if (verb !== 'get' && verb !== 'update' && verb !== 'patch')
    return refuse('can only get/update/patch this type');
  return (await graph.refers(node, 'persistentvolumeclaims', `${namespace}/${name}`))
    ? allowed
    : unrelated(node);
}

async function readVolume({ store, graph, node, attributes }: Question): Promise<Decision> {
  const { verb, subresource, name } = attributes;
  if (verb !== 'get' || subresource !== '' || name === '')
    return refuse('can only get individual resources of this type');
  const entry = await store.get(storeKey({ group: '', plural: 'persistentvolumes' }, '', name));
  const claim = entry && objectOf<PersistentVolume>(entry).spec?.claimRef;
  if (!claim) return unrelated(node);
  const bound = await graph.refers(node, 'persistentvolumeclaims', `${claim.namespace}/${claim.name}`);
  return bound ? allowed : unrelated(node);
}

async function readAttachment({ store, node, attributes }: Question): Promise<Decision> {
  const { verb, subresource, name } = attributes;
  if (verb !== 'get' || subresource !== '' || name === '')
    return refuse('can only get individual resources of this type');
  const entry = await store.get(storeKey({ group: 'storage.k8s.io', plural: 'volumeattachments' }, '', name));
  const owner = entry && (objectOf(entry).spec as { nodeName?: string } | undefined)?.nodeName;
  return owner === node ? allowed : unrelated(node);
}

async function serveAccount({ graph, node, attributes }: Question): Promise<Decision> {
  const { verb, subresource, namespace, name } = attributes;
  if (subresource === '' && verb !== 'get') return refuse('can only get individual resources of this type');
  if (subresource !== '' && subresource !== 'token')
    return refuse('can only create token subresource of serviceaccount');
  if (subresource === 'token' && (verb !== 'create' || name === ''))
    return refuse('can only create tokens for individual service accounts');
  return (await graph.refers(node, 'serviceaccounts', `${namespace}/${name}`)) ? allowed : unrelated(node);
}

function ownLease(question: Question): Decision {
  if (question.attributes.namespace !== 'kube-node-lease') {
    return refuse('can only access leases in the "kube-node-lease" system namespace');
  }
  return ownByName(question, 'node lease');
}

function ownByName({ node, attributes }: Question, what: string): Decision {
  const { verb, subresource, name } = attributes;
  if (!owning.has(verb)) return refuse(`can only get, create, update, patch, or delete a ${what}`);
  if (subresource !== '') return refuse(`cannot authorize ${what} subresources`);
  // The name of a new object is not known here: the NodeRestriction admission looks at it.
  if (verb === 'create' || name === node) return allowed;
  return refuse(`can only access ${what} with the same name as the requesting node`);
}

/** What drivers on a node publish of its devices. */
async function ownSlices({ store, node, attributes }: Question): Promise<Decision> {
  const { verb, subresource, name } = attributes;
  if (subresource !== '') return refuse('cannot authorize ResourceSlice subresources');
  // The node of a new slice is not known here: the NodeRestriction admission looks at it.
  if (verb === 'create') return allowed;
  if (verb === 'list' || verb === 'watch' || verb === 'deletecollection') {
    if (selectedValue(attributes.fieldSelector ?? '', 'spec.nodeName') === node) return allowed;
    return refuse('can only list/watch/deletecollection resourceslices with nodeName field selector');
  }
  if (!owning.has(verb)) {
    return refuse(
      'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
    );
  }
  const entry = await store.get(storeKey({ group: 'resource.k8s.io', plural: 'resourceslices' }, '', name));
  const owner = entry && (objectOf(entry).spec as { nodeName?: string } | undefined)?.nodeName;
  return owner === node ? allowed : unrelated(node);
}

/** Undefined: not about reading. */
function readNodes({ node, attributes }: Question): Decision | undefined {
  const { verb, subresource, name } = attributes;
  if (!reading.has(verb) || subresource !== '') return undefined;
  if (name === node) return allowed;
  return refuse(
    name === ''
      ? `node '${node}' cannot read all nodes, only its own Node object`
      : `node '${node}' cannot read '${name}', only its own Node object`,
  );
}

/** Undefined: not about reading. */
async function podsNode({ store, attributes }: Question): Promise<string | undefined> {
  const { namespace, name } = attributes;
  const entry = await store.get(storeKey({ group: '', plural: 'pods' }, namespace, name));
  return entry && (objectOf(entry).spec as { nodeName?: string } | undefined)?.nodeName;
}

function readPods(question: Question): Decision | Promise<Decision> | undefined {
  const { node, attributes } = question;
  const { verb, subresource } = attributes;
  if (!reading.has(verb) || subresource !== '') return undefined;
  if (verb === 'get') return podsNode(question).then((owner) => (owner === node ? allowed : unrelated(node)));
  if (selectedValue(attributes.fieldSelector ?? '', 'spec.nodeName') === node) return allowed;
  return refuse('can only list/watch pods with spec.nodeName field selector');
}

function unrelated(node: string): Decision {
  return refuse(`no relationship found between node '${node}' and this object`);
}

function refuse(reason: string): Decision {
  return { allowed: false, reason };
}
