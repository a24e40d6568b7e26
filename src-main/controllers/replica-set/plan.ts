import { isPodActive, isPodReady, podReadySinceMs } from '@shared/kinds/core/pod/pod-status.ts';
import type { Pod, ReplicaSet } from '@shared/kinds/wire.ts';
import { parseTime } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

type ReadonlyPod = DeepReadonly<Pod>;

/** Pods created or deleted in one reconcile, at most. */
const burstReplicas = 500;

export type ReplicaPlan =
  | { readonly do: 'nothing' }
  | { readonly do: 'create'; readonly count: number }
  | { readonly do: 'delete'; readonly pods: readonly ReadonlyPod[] };

export interface ReplicaState {
  readonly replicaSet: DeepReadonly<ReplicaSet>;
  /** Pods the replica set owns, ended and terminating ones included. */
  readonly owned: readonly ReadonlyPod[];
  /** Pods of this and of sibling replica sets (same Deployment); decides which node is crowded. */
  readonly related: readonly ReadonlyPod[];
  readonly nowMs: number;
}

/** What brings the number of active pods to `spec.replicas`. */
export function planReplicas(state: ReplicaState): ReplicaPlan {
  const { replicaSet, owned } = state;
  if (replicaSet.metadata?.deletionTimestamp !== undefined) return { do: 'nothing' };
  const active = owned.filter(isPodActive);
  const missing = (replicaSet.spec?.replicas ?? 1) - active.length;
  if (missing === 0) return { do: 'nothing' };
  if (missing > 0) return { do: 'create', count: Math.min(missing, burstReplicas) };
  const count = Math.min(-missing, burstReplicas);
  return { do: 'delete', pods: rankForDeletion({ ...state, owned: active }).slice(0, count) };
}

/**
 * The pods in the order in which they are given up, by the criteria Kubernetes documents for ReplicaSets:
 * unscheduled, pending, not ready, lower deletion cost, on a crowded node, ready for a shorter time, restarted
 * more, younger. Ages count by their order of magnitude.
 */
export function rankForDeletion({ owned, related, nowMs }: Omit<ReplicaState, 'replicaSet'>): ReadonlyPod[] {
  const crowd = new Map<string, number>();
  for (const { spec } of related.filter(isPodActive)) {
    if (spec?.nodeName) crowd.set(spec.nodeName, (crowd.get(spec.nodeName) ?? 0) + 1);
  }
  const criteria: readonly ((pod: ReadonlyPod) => number)[] = [
    (pod) => (pod.spec?.nodeName ? 1 : 0),
    (pod) => phaseOrder(pod.status?.phase),
    (pod) => (isPodReady(pod) ? 1 : 0),
    deletionCost,
    (pod) => -(crowd.get(pod.spec?.nodeName ?? '') ?? 0),
    (pod) => magnitude(podReadySinceMs(pod), nowMs),
    (pod) => -restarts(pod),
    (pod) => magnitude(parseTime(pod.metadata?.creationTimestamp ?? ''), nowMs),
  ];
  const ranked = owned.map((pod) => ({ pod, rank: criteria.map((criterion) => criterion(pod)) }));
  ranked.sort((a, b) => {
    const decisive = a.rank.findIndex((value, i) => value !== b.rank[i]);
    if (decisive >= 0) return (a.rank[decisive] ?? 0) - (b.rank[decisive] ?? 0);
    return (a.pod.metadata?.uid ?? '') < (b.pod.metadata?.uid ?? '') ? -1 : 1;
  });
  return ranked.map(({ pod }) => pod);
}

function phaseOrder(phase: string | undefined): number {
  return phase === 'Running' ? 2 : phase === 'Unknown' ? 1 : 0;
}

function deletionCost(pod: ReadonlyPod): number {
  const text = pod.metadata?.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? '0';
  return /^(0|[+]?[1-9]\d*|-[1-9]\d*)$/.test(text) ? Number(text) : 0;
}

function restarts(pod: ReadonlyPod): number {
  const counts = (pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount);
  return counts.reduce((sum, count) => sum + count, 0);
}

/** log2 of the age in nanoseconds, cut; larger is older. Unknown times count as just now. */
function magnitude(sinceMs: number | undefined, nowMs: number): number {
  const ageNs = sinceMs === undefined ? 0 : (nowMs - sinceMs) * 1e6;
  return ageNs <= 0 ? -1 : Math.floor(Math.log2(ageNs));
}
