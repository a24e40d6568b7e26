import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Node, Pod } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { JsonObject, Unchecked } from '@shared/lib/types.ts';
import { nodeNameOf } from '../auth/node-authorizer.ts';
import { referencesOf } from '../auth/node-graph.ts';
import { type ApiObject, jsonOf } from '../objects.ts';
import { forbidden } from '../registry/errors.ts';
import type { AdmissionModule, AdmissionRequest } from './admission.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';
/** Labels with a meaning to Kubernetes that kubelets set themselves; beside all of `kubelet.kubernetes.io`. */
const kubeletLabels = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
]);
const kubeletLabelDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const guarded = new Set([
  'pods',
  'nodes',
  'persistentvolumeclaims',
  'leases.coordination.k8s.io',
  'csinodes.storage.k8s.io',
  'resourceslices.resource.k8s.io',
]);

/**
 * What a node may change in the objects it has access to: its own Node (not its taints, nor labels others rely
 * on), its own Lease, CSINode and ResourceSlices, the status of pods bound to it, and mirror pods.
 * Source: Kubernetes, "Admission Control in Kubernetes", NodeRestriction.
 */
export const nodeRestriction: AdmissionModule = {
  name: 'NodeRestriction',
  handles: ({ kind, options }) =>
    options.user.groups.includes('system:nodes') &&
    guarded.has(kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`),
  validate(object, request) {
    const node = nodeNameOf(request.options.user);
    if (node === undefined) return [];
    if (node === '') {
      const user = JSON.stringify(request.options.user.name);
      throw forbidden(request.kind, request.name, `could not determine node from user ${user}`);
    }
    const why = refusal(node, object, request);
    if (why !== undefined) throw forbidden(request.kind, object.metadata.name ?? request.name, why);
    return [];
  },
};

function refusal(node: string, object: ApiObject, request: AdmissionRequest): string | undefined {
  const { kind } = request;
  if (kind === podKind) return podRefusal(node, object as Unchecked<Pod>, request);
  if (kind === nodeKind) return nodeRefusal(node, object, request);
  if (kind.plural === 'persistentvolumeclaims') return claimRefusal(node, object, request);
  if (kind.plural === 'resourceslices') {
    const { nodeName } = (object.spec ?? {}) as { nodeName?: string };
    return nodeName === node
      ? undefined
      : 'can only create ResourceSlice with the same NodeName as the requesting node';
  }
  if (kind === leaseKind && object.metadata.namespace !== 'kube-node-lease') {
    return 'can only access leases in the "kube-node-lease" system namespace';
  }
  const what = kind === leaseKind ? 'node lease' : 'CSINode';
  return object.metadata.name === node
    ? undefined
    : `can only access ${what} with the same name as the requesting node`;
}

function podRefusal(
  node: string,
  pod: Unchecked<Pod>,
  { operation, subresource, old }: AdmissionRequest,
): string | undefined {
  const who = `node ${JSON.stringify(node)}`;
  const owner = ((old ?? pod) as Unchecked<Pod>).spec?.nodeName;
  if (operation === 'DELETE') {
    return owner === node ? undefined : `${who} can only delete pods with spec.nodeName set to itself`;
  }
  if (operation === 'CREATE') return mirrorPodRefusal(node, pod);
  if (subresource !== 'status')
    return `unexpected operation ${JSON.stringify(operation)}, ${who} can only create and delete mirror pods`;
  if (owner !== node) return `${who} can only update pod status for pods with spec.nodeName set to itself`;
  if (old && !jsonEqual(old.metadata.labels ?? {}, pod.metadata?.labels ?? {})) {
    return `${who} cannot update labels through pod status`;
  }
  return undefined;
}

function mirrorPodRefusal(node: string, pod: Unchecked<Pod>): string | undefined {
  const who = `node ${JSON.stringify(node)}`;
  const { metadata, spec } = pod;
  if (metadata?.annotations?.[mirrorAnnotation] === undefined) {
    return `pod does not have ${JSON.stringify(mirrorAnnotation)} annotation, ${who} can only create mirror pods`;
  }
  if (spec?.nodeName !== node) return `${who} can only create pods with spec.nodeName set to itself`;
  if (spec.serviceAccountName) return `${who} can not create pods that reference a service account`;
  const foreign = (metadata.ownerReferences ?? []).find(
    ({ kind, apiVersion, name }) => kind !== 'Node' || apiVersion !== 'v1' || name !== node,
  );
  if (foreign) return `${who} can only create pods with an owner reference set to itself`;
  const [kind] = (
    referencesOf(pod).find((reference) => !reference.startsWith('serviceaccounts ')) ?? ''
  ).split(' ');
  return kind ? `${who} can not create pods that reference ${kind}` : undefined;
}

function nodeRefusal(
  node: string,
  object: ApiObject,
  { operation, old }: AdmissionRequest,
): string | undefined {
  const who = `node ${JSON.stringify(node)}`;
  const name = object.metadata.name ?? '';
  if (name !== node) return `${who} is not allowed to modify node ${JSON.stringify(name)}`;
  if (operation === 'DELETE') return undefined;
  const changed = changedLabels(old?.metadata.labels ?? {}, object.metadata.labels ?? {}).filter(isProtected);
  if (operation === 'CREATE') {
    return changed.length === 0
      ? undefined
      : `${who} is not allowed to set the following labels: ${changed.join(', ')}`;
  }
  if (!jsonEqual(taintsOf(old), taintsOf(object))) return `${who} is not allowed to modify taints`;
  if (
    JSON.stringify(old?.metadata.ownerReferences ?? []) !==
    JSON.stringify(object.metadata.ownerReferences ?? [])
  ) {
    return `${who} is not allowed to modify ownerReferences`;
  }
  return changed.length === 0 ? undefined : `is not allowed to modify labels: ${changed.join(', ')}`;
}

function taintsOf(object: ApiObject | undefined) {
  return (object as Unchecked<Node> | undefined)?.spec?.taints ?? [];
}

function changedLabels(
  old: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((key) => old[key] !== now[key])
    .sort();
}

/** Labels of Kubernetes' own domains, apart from those a kubelet sets itself. */
function isProtected(label: string): boolean {
  const slash = label.indexOf('/');
  const domain = slash < 0 ? '' : label.slice(0, slash);
  const within = (suffix: string) => domain === suffix || domain.endsWith(`.${suffix}`);
  if (!within('kubernetes.io') && !within('k8s.io')) return false;
  return !kubeletLabels.has(label) && !kubeletLabelDomains.some(within);
}

function claimRefusal(
  node: string,
  object: ApiObject,
  { operation, subresource, old }: AdmissionRequest,
): string | undefined {
  if (operation !== 'UPDATE' || subresource !== 'status') {
    return `node ${JSON.stringify(node)} can only update PVC status`;
  }
  const without = (claim: ApiObject) => {
    const { metadata, status = {}, ...rest } = jsonOf(claim) as Record<string, JsonObject>;
    const { resourceVersion: _, managedFields: __, ...meta } = metadata ?? {};
    const { capacity, conditions, allocatedResources, allocatedResourceStatuses, ...fixed } = status;
    return { ...rest, metadata: meta, status: fixed };
  };
  return old && !jsonEqual(without(old), without(object))
    ? `node ${JSON.stringify(node)} is not allowed to update fields other than status.quantity and status.conditions`
    : undefined;
}
