import { ApiError } from '@shared/api/status.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import { referencesOf } from '../../auth/node-graph.ts';
import type { AdmissionRequest } from '../admission.ts';
import { findStored } from '../lookup.ts';
import { type NodesRequest, nodeText, type Refusal } from './refusal.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** A node creates mirror pods, deletes pods bound to it, and says how they are. */
export async function podRefusal(asked: NodesRequest): Promise<Refusal> {
  const { operation, subresource, old } = asked.request;
  const who = nodeText(asked.node);
  const pod = asked.object as Unchecked<Pod>;
  const owner = ((old ?? pod) as Unchecked<Pod>).spec?.nodeName;
  if (subresource === 'status')
    return statusRefusal({ ...asked, object: pod }, old as Unchecked<Pod> | undefined);
  if (subresource !== '')
    return `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`;
  if (operation === 'DELETE')
    return owner === asked.node ? undefined : `${who} can only delete pods with spec.nodeName set to itself`;
  if (operation === 'CREATE') return mirrorPodRefusal({ ...asked, object: pod });
  return `unexpected operation ${JSON.stringify(operation)}, ${who} can only create and delete mirror pods`;
}

/** A node evicts pods bound to it. Throws 404 when there is none. */
export async function evictionRefusal(node: string, request: AdmissionRequest): Promise<Refusal> {
  const { spec } = await storedPod(request, request.name);
  return spec?.nodeName === node
    ? undefined
    : `node ${node} can only evict pods with spec.nodeName set to itself`;
}

/** A pod in the request's namespace. Throws 404. */
export async function storedPod(
  { server, namespace }: Pick<AdmissionRequest, 'server' | 'namespace'>,
  name: string,
): Promise<Unchecked<Pod>> {
  const pod = await findStored(server, podKind, { namespace, name });
  if (!pod) throw ApiError.notFound(podKind, name);
  return pod;
}

function statusRefusal({ node, object }: NodesRequest<Unchecked<Pod>>, old?: Unchecked<Pod>): Refusal {
  const who = nodeText(node);
  if (old?.spec?.nodeName !== node)
    return `${who} can only update pod status for pods with spec.nodeName set to itself`;
  if (!jsonEqual(old.metadata?.labels ?? {}, object.metadata?.labels ?? {}))
    return `${who} cannot update labels through pod status`;
  // What a pod's claims are says what its node may read.
  if (!jsonEqual(old.status?.resourceClaimStatuses ?? [], object.status?.resourceClaimStatuses ?? []))
    return `${who} cannot update resource claim statues`;
  return undefined;
}

async function mirrorPodRefusal({ node, object, request }: NodesRequest<Unchecked<Pod>>): Promise<Refusal> {
  const who = nodeText(node);
  const { metadata, spec } = object;
  if (metadata?.annotations?.[mirrorAnnotation] === undefined)
    return `pod does not have ${JSON.stringify(mirrorAnnotation)} annotation, ${who} can only create mirror pods`;
  if (spec?.nodeName !== node) return `${who} can only create pods with spec.nodeName set to itself`;
  const byOwner = await ownerRefusal({ node, object, request });
  if (byOwner !== undefined) return byOwner;
  if (spec.serviceAccountName) return `${who} can not create pods that reference a service account`;
  const foreign = foreignReference(object);
  return foreign === undefined ? undefined : `${who} can not create pods that reference ${foreign}`;
}

async function ownerRefusal({ node, object, request }: NodesRequest<Unchecked<Pod>>): Promise<Refusal> {
  const who = nodeText(node);
  const [owner, ...others] = object.metadata?.ownerReferences ?? [];
  if (others.length > 0) return `${who} can only create pods with a single owner reference set to itself`;
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node)
    return `${who} can only create pods with an owner reference set to itself`;
  if (owner.controller !== true)
    return `${who} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion === true)
    return `${who} must not set blockOwnerDeletion on an owner reference`;
  const stored = await findStored(request.server, nodeKind, { name: node });
  if (!stored) throw ApiError.notFound(nodeKind, node);
  const uid = stored.metadata?.uid ?? '';
  return owner.uid === uid ? undefined : `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`;
}

/** What of the cluster the pod refers to, by its resource. */
function foreignReference(pod: Unchecked<Pod>): string | undefined {
  const [found] = referencesOf(pod);
  if (found !== undefined) return found.split(' ')[0];
  return (pod.spec?.resourceClaims ?? []).length > 0 ? 'resourceclaims' : undefined;
}
