import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { Store } from '../../store/store.ts';
import { objectOf, storeKey } from '../objects.ts';
import type { ResourceRoute } from '../routes.ts';
import {
  type AuthorizationRequest,
  type Authorizer,
  allowed,
  type Decision,
  requestVerb,
} from './authorizer.ts';

const userPrefix = 'system:node:';
const readable = new Set([
  'services',
  'endpoints',
  'nodes',
  'namespaces',
  'endpointslices.discovery.k8s.io',
  'configmaps',
  'secrets',
  'serviceaccounts',
  'pods',
  'leases.coordination.k8s.io',
]);
const reading = new Set(['get', 'list', 'watch']);

/**
 * What a node may do: look at what it needs to run pods, look after its own Node and Lease, report on the
 * pods bound to it, write events, and get tokens for its pods' service accounts.
 * Source: Kubernetes, "Using Node Authorization".
 */
export function createNodeAuthorizer(store: Store): Authorizer {
  return {
    async authorize({ user, request, route }: AuthorizationRequest): Promise<Decision> {
      if (!route) return refuse('');
      const nodeName = user.name.startsWith(userPrefix) ? user.name.slice(userPrefix.length) : '';
      if (nodeName === '') return refuse(`unknown node for user ${JSON.stringify(user.name)}`);
      const verb = requestVerb(request.method, route);
      const resource = qualified(route);
      if (reading.has(verb) && route.subresource === '') return readable.has(resource) ? allowed : refuse('');
      switch (resource) {
        case 'nodes':
          return ownNode(nodeName, route, verb);
        case 'leases.coordination.k8s.io':
          return ownLease(nodeName, route, verb);
        case 'events':
          return verb === 'create' || verb === 'patch' || verb === 'update' ? allowed : refuse('');
        case 'pods':
          return ownPod(store, nodeName, { route, verb });
        case 'serviceaccounts':
          return route.subresource === 'token' && verb === 'create' ? allowed : refuse('');
        default:
          return refuse('');
      }
    },
  };
}

function ownNode(nodeName: string, route: ResourceRoute, verb: string): Decision {
  if (verb === 'create' && route.name === '') return allowed;
  if (verb === 'delete') return refuse('');
  return route.name === nodeName
    ? allowed
    : refuse(`node ${JSON.stringify(nodeName)} is not allowed to modify node ${JSON.stringify(route.name)}`);
}

function ownLease(nodeName: string, route: ResourceRoute, verb: string): Decision {
  if (route.namespace !== 'kube-node-lease')
    return refuse('can only access leases in the "kube-node-lease" namespace');
  if (verb === 'create') return allowed;
  return route.name === nodeName
    ? allowed
    : refuse('can only access node lease with the same name as the requesting node');
}

async function ownPod(
  store: Store,
  nodeName: string,
  { route, verb }: { route: ResourceRoute; verb: string },
): Promise<Decision> {
  if (verb === 'create' && route.subresource === '') return allowed;
  if (
    !['update', 'patch', 'delete', 'create'].includes(verb) ||
    !['', 'status', 'eviction'].includes(route.subresource)
  )
    return refuse('');
  if (route.subresource === '' && verb !== 'delete') return refuse('');
  const entry = await store.get(storeKey(podKind, route.namespace, route.name));
  if (!entry) return allowed;
  const { spec } = objectOf(entry) as DeepReadonly<Pod>;
  return spec?.nodeName === nodeName
    ? allowed
    : refuse(`node ${JSON.stringify(nodeName)} can only ${verb} pods with spec.nodeName set to itself`);
}

function qualified({ kind }: ResourceRoute): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

function refuse(reason: string): Decision {
  return { allowed: false, reason };
}
