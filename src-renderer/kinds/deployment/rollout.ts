import type { Deployment, ReplicaSet } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

const revisionAnnotation = 'deployment.kubernetes.io/revision';
const causeAnnotation = 'kubernetes.io/change-cause';
const hashLabel = 'pod-template-hash';

export interface Revision {
  readonly number: number;
  readonly replicaSet: DeepReadonly<ReplicaSet>;
  readonly current: boolean;
  readonly images: readonly string[];
  readonly cause: string | undefined;
  readonly desired: number;
  readonly ready: number;
}

/** A deployment's ReplicaSets as revisions, newest first. */
export function revisionsOf(
  deployment: DeepReadonly<Deployment>,
  replicaSets: readonly DeepReadonly<ReplicaSet>[],
): readonly Revision[] {
  const current = deployment.metadata?.annotations?.[revisionAnnotation];
  return replicaSets
    .filter((set) => set.metadata?.ownerReferences?.some((owner) => owner.uid === deployment.metadata?.uid))
    .map((set) => ({
      number: Number(set.metadata?.annotations?.[revisionAnnotation] ?? 0),
      replicaSet: set,
      current: set.metadata?.annotations?.[revisionAnnotation] === current,
      images: set.spec?.template?.spec?.containers.map((container) => container.image ?? '') ?? [],
      cause: set.metadata?.annotations?.[causeAnnotation],
      desired: set.spec?.replicas ?? 0,
      ready: set.status?.readyReplicas ?? 0,
    }))
    .sort((a, b) => b.number - a.number);
}

/** The JSON patch by which `kubectl rollout undo` returns to a revision: its template, without the hash label. */
export function undoPatch(revision: Revision): readonly object[] {
  const template = revision.replicaSet.spec?.template;
  const { [hashLabel]: _hash, ...labels } = template?.metadata?.labels ?? {};
  return [
    {
      op: 'replace',
      path: '/spec/template',
      value: { ...template, metadata: { ...template?.metadata, labels } },
    },
  ];
}

/** How far a rollout is, in the words of `kubectl rollout status`. */
export function rolloutText(deployment: DeepReadonly<Deployment>): {
  readonly done: boolean;
  readonly text: string;
} {
  const { spec, status, metadata } = deployment;
  const wanted = spec?.replicas ?? 1;
  const updated = status?.updatedReplicas ?? 0;
  const replicas = status?.replicas ?? 0;
  const available = status?.availableReplicas ?? 0;
  if ((metadata?.generation ?? 0) > (status?.observedGeneration ?? 0))
    return { done: false, text: 'Waiting for the new specification to be observed' };
  if (spec?.paused) return { done: false, text: 'Paused' };
  const stuck = status?.conditions?.find(
    (condition) => condition.type === 'Progressing' && condition.reason === 'ProgressDeadlineExceeded',
  );
  if (stuck) return { done: false, text: 'Exceeded its progress deadline' };
  if (updated < wanted)
    return { done: false, text: `${updated} of ${wanted} new replicas have been updated` };
  if (replicas > updated)
    return { done: false, text: `${replicas - updated} old replicas are pending termination` };
  if (available < updated)
    return { done: false, text: `${available} of ${updated} updated replicas are available` };
  return { done: true, text: 'Successfully rolled out' };
}
