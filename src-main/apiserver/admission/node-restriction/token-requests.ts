import { persistentVolumeKind } from '@shared/kinds/core/persistent-volume/kind.ts';
import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import { csiDriverKind } from '@shared/kinds/storage/csi-driver/kind.ts';
import { storageClassKind } from '@shared/kinds/storage/storage-class/kind.ts';
import type { PersistentVolumeClaim, Pod, TokenRequest, Volume } from '@shared/kinds/wire.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import { resourceAttributes } from '../../auth/authorizer.ts';
import type { AdmissionRequest } from '../admission.ts';
import { findStored } from '../lookup.ts';
import { storedPod } from './pods.ts';
import type { NodesRequest, Refusal } from './refusal.ts';

/** Allows a node to ask for tokens for an audience, its `resource`, of which no pod of it makes use. */
const audienceVerb = 'request-serviceaccounts-token-audience';

/**
 * A node gets tokens bound to pods that run on it, for audiences these make use of or it was granted.
 * Source: Kubernetes, "Using Node Authorization", "ServiceAccount token audience restriction".
 */
export async function tokenRefusal({
  node,
  object: { spec },
  request,
}: NodesRequest<Unchecked<TokenRequest>>): Promise<Refusal> {
  const { apiVersion, kind, name, uid } = spec?.boundObjectRef ?? {};
  if (apiVersion !== 'v1' || kind !== 'Pod' || !name) return 'node requested token not bound to a pod';
  if (!uid) return 'node requested token with a pod binding without a uid';
  const pod = await storedPod(request, name);
  if (pod.metadata?.uid !== uid)
    return `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  if (pod.spec?.nodeName !== node) return 'node requested token bound to a pod scheduled on a different node';
  return audienceRefusal(spec?.audiences ?? [], pod, request);
}

async function audienceRefusal(
  [audience = '', ...others]: readonly string[],
  pod: Unchecked<Pod>,
  request: AdmissionRequest,
): Promise<Refusal> {
  if (others.length > 0) return 'node may only request 0 or 1 audiences';
  for (const volume of pod.spec?.volumes ?? [])
    if (await usesAudience(volume, audience, request)) return undefined;
  const { options, server, namespace, name } = request;
  const what = { group: '', version: 'v1', resource: audience, namespace, name };
  const decision = await server.authorizer.authorize(resourceAttributes(options.user, audienceVerb, what));
  return decision.allowed
    ? undefined
    : `audience ${JSON.stringify(audience)} not found in pod spec volume, ${options.user.name} is not authorized to request tokens for this audience`;
}

/** A projected token is for the audience, or the driver of the volume asks for tokens for it. */
async function usesAudience(
  volume: Unchecked<Volume>,
  audience: string,
  request: AdmissionRequest,
): Promise<boolean> {
  const sources = volume.projected?.sources ?? [];
  if (sources.some(({ serviceAccountToken: token }) => token && (token.audience ?? '') === audience))
    return true;
  const name = await driverOf(volume, request);
  const driver = name ? await findStored(request.server, csiDriverKind, { name }) : undefined;
  return driver?.spec.tokenRequests?.some((wanted) => wanted.audience === audience) ?? false;
}

/** The CSI driver that brings a volume; undefined when there is none, or none yet. */
async function driverOf(
  { csi, ephemeral, persistentVolumeClaim }: Unchecked<Volume>,
  { server, namespace }: AdmissionRequest,
): Promise<string | undefined> {
  if (csi) return csi.driver;
  if (ephemeral) return driverOfClaim(ephemeral.volumeClaimTemplate?.spec, server);
  const name = persistentVolumeClaim?.claimName;
  const claim = name ? await findStored(server, persistentVolumeClaimKind, { namespace, name }) : undefined;
  return driverOfClaim(claim?.spec, server);
}

async function driverOfClaim(
  spec: Unchecked<PersistentVolumeClaim>['spec'],
  server: AdmissionRequest['server'],
): Promise<string | undefined> {
  const { volumeName, storageClassName } = spec ?? {};
  if (volumeName) {
    const volume = await findStored(server, persistentVolumeKind, { name: volumeName });
    return volume?.spec?.csi?.driver;
  }
  if (!storageClassName) return undefined;
  return (await findStored(server, storageClassKind, { name: storageClassName }))?.provisioner;
}
