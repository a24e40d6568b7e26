import { certificateSigningRequestKind } from '@shared/kinds/certificates/certificate-signing-request/kind.ts';
import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { resourceSliceKind } from '@shared/kinds/resource/resource-slice/kind.ts';
import { csiNodeKind } from '@shared/kinds/storage/csi-node/kind.ts';
import type { CertificateSigningRequest, TokenRequest } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { JsonObject, Unchecked } from '@shared/lib/types.ts';
import { nodeNameOf } from '../../auth/node-authorizer.ts';
import { type ApiObject, jsonOf } from '../../objects.ts';
import { forbidden } from '../../registry/errors.ts';
import type { AdmissionModule, AdmissionRequest } from '../admission.ts';
import { nodeRefusal } from './own-node.ts';
import { evictionRefusal, podRefusal } from './pods.ts';
import { type NodesRequest, nodeText, type Refusal } from './refusal.ts';
import { tokenRefusal } from './token-requests.ts';

type Judge = (asked: NodesRequest) => Promise<Refusal> | Refusal;

/** By kind, what a node may do with its objects. */
const judges: ReadonlyMap<AnyKind, Judge> = new Map<AnyKind, Judge>([
  [podKind, podRefusal],
  [nodeKind, nodeRefusal],
  [persistentVolumeClaimKind, claimRefusal],
  [leaseKind, leaseRefusal],
  [csiNodeKind, (asked) => nameRefusal(asked, 'CSINode')],
  [resourceSliceKind, sliceRefusal],
  [certificateSigningRequestKind, signingRefusal],
]);

/**
 * What a node may change in the objects it has access to: its own Node (not its taints, nor labels others rely
 * on), its own Lease, CSINode and ResourceSlices, the status of pods bound to it, and mirror pods; it evicts pods bound
 * to it and asks for their tokens, and for certificates in its own name.
 * Source: Kubernetes, "Admission Control in Kubernetes", NodeRestriction.
 */
export const nodeRestriction: AdmissionModule = {
  name: 'NodeRestriction',
  handles: ({ kind, operation, options }) =>
    operation !== 'CONNECT' &&
    options.user.groups.includes('system:nodes') &&
    (judges.has(kind) || kind === serviceAccountKind),
  async validate(object, request) {
    const node = nodeOf(request);
    const why = node === undefined ? undefined : await judges.get(request.kind)?.({ node, object, request });
    if (why !== undefined) throw forbidden(request.kind, object.metadata.name ?? request.name, why);
    return [];
  },
  // Before anybody else sees it: what nodes may ask for is judged by what they asked.
  async mutateView(request) {
    const node = nodeOf(request);
    const why = node === undefined ? undefined : await viewRefusal(node, request);
    if (why !== undefined) throw forbidden(request.kind, request.name, why);
  },
};

/** Undefined for a user that is no node. Throws 403 for one that is none and says so. */
function nodeOf({ kind, name, options: { user } }: AdmissionRequest): string | undefined {
  const node = nodeNameOf(user);
  if (node === '')
    throw forbidden(kind, name, `could not determine node from user ${JSON.stringify(user.name)}`);
  return node;
}

function viewRefusal(node: string, request: AdmissionRequest): Promise<Refusal> | Refusal {
  const { kind, subresource, view } = request;
  if (kind === podKind && subresource === 'eviction') return evictionRefusal(node, request);
  if (kind !== serviceAccountKind || subresource !== 'token') return undefined;
  const object = (view?.object ?? {}) as Unchecked<TokenRequest>;
  return tokenRefusal({ node, object, request });
}

function nameRefusal({ node, object }: NodesRequest, what: string): Refusal {
  return object.metadata.name === node
    ? undefined
    : `can only access ${what} with the same name as the requesting node`;
}

function leaseRefusal(asked: NodesRequest): Refusal {
  return asked.object.metadata.namespace === 'kube-node-lease'
    ? nameRefusal(asked, 'node lease')
    : 'can only access leases in the "kube-node-lease" system namespace';
}

function sliceRefusal({ node, object }: NodesRequest): Refusal {
  const { nodeName } = (object.spec ?? {}) as { nodeName?: string };
  return nodeName === node
    ? undefined
    : 'can only create ResourceSlice with the same NodeName as the requesting node';
}

function claimRefusal({ node, object, request: { operation, subresource, old } }: NodesRequest): Refusal {
  if (operation !== 'UPDATE' || subresource !== 'status') return 'may only update PVC status';
  const without = (claim: ApiObject) => {
    const { metadata, status = {}, ...rest } = jsonOf(claim) as Record<string, JsonObject>;
    const { resourceVersion: _, managedFields: __, ...meta } = metadata ?? {};
    const { capacity, conditions, allocatedResources, allocatedResourceStatuses, ...fixed } = status;
    return { ...rest, metadata: meta, status: fixed };
  };
  return old && !jsonEqual(without(old), without(object))
    ? `${nodeText(node)} is not allowed to update fields other than status.capacity and status.conditions`
    : undefined;
}

const kubeletSigners = new Set([
  'kubernetes.io/kube-apiserver-client-kubelet',
  'kubernetes.io/kubelet-serving',
]);

/** Not whatever a node asks kubelet signers for: a certificate in its own name. */
async function signingRefusal({ node, object, request }: NodesRequest): Promise<Refusal> {
  const { spec } = object as unknown as Unchecked<CertificateSigningRequest>;
  if (request.operation !== 'CREATE' || !kubeletSigners.has(spec?.signerName ?? '')) return undefined;
  const pem = Buffer.from(spec?.request ?? '', 'base64').toString('utf8');
  const facts = await request.server.certificates?.read(pem);
  const commonName = `system:node:${node}`;
  return facts?.commonName === commonName ? undefined : `can only create a node CSR with CN=${commonName}`;
}
