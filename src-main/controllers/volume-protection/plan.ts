import type { PersistentVolume, PersistentVolumeClaim, Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

/** On every claim: it stays while a pod uses it. */
export const claimFinalizer = 'kubernetes.io/pvc-protection';
/** On every volume: it stays while it is bound. */
export const volumeFinalizer = 'kubernetes.io/pv-protection';

/** The claims a pod keeps in use: those it names, and those made for its ephemeral volumes. */
export function claimsOf(pod: DeepReadonly<Pod>): string[] {
  return (pod.spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim) return [persistentVolumeClaim.claimName];
    return ephemeral ? [`${pod.metadata?.name ?? ''}-${name}`] : [];
  });
}

/** Whether a deleted claim may go: no pod that still runs, or may start, uses it. A pod without node does not hold it. */
export function isClaimFree(
  { metadata }: DeepReadonly<PersistentVolumeClaim>,
  podsUsingIt: readonly DeepReadonly<Pod>[],
): boolean {
  if (metadata?.deletionTimestamp === undefined) return false;
  return !podsUsingIt.some(({ spec, status }) => {
    const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
    return !hasEnded && spec?.nodeName !== undefined;
  });
}

/** Whether a deleted volume may go: no claim is bound to it. */
export function isVolumeFree({ metadata, status }: DeepReadonly<PersistentVolume>): boolean {
  return metadata?.deletionTimestamp !== undefined && status?.phase !== 'Bound';
}
