import { toleratesTaint } from '@shared/kinds/core/node/tolerations.ts';
import type { Node, Pod, Taint, Toleration } from '@shared/kinds/wire.ts';
import { parseTime } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

type ReadonlyTaint = DeepReadonly<Taint>;
type ReadonlyToleration = DeepReadonly<Toleration>;

export type EvictionPlan =
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly forMs: number }
  | { readonly do: 'evict' };

/**
 * When a pod has to leave a node with NoExecute taints: at once when it does not tolerate one of them, after
 * the shortest `tolerationSeconds` that applies, or never.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
 */
export function planEviction(
  pod: DeepReadonly<Pod>,
  node: DeepReadonly<Node> | undefined,
  nowMs: number,
): EvictionPlan {
  if (!node || pod.metadata?.deletionTimestamp !== undefined) return { do: 'nothing' };
  const taints = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  const createdMs = parseTime(pod.metadata?.creationTimestamp ?? '') ?? nowMs;
  const deadlines = taints.map((taint) => {
    const sinceMs = Math.max(parseTime(taint.timeAdded ?? '') ?? nowMs, createdMs);
    return sinceMs + toleratedMs(taint, pod.spec?.tolerations ?? []);
  });
  const deadlineMs = Math.min(Number.POSITIVE_INFINITY, ...deadlines);
  if (deadlineMs === Number.POSITIVE_INFINITY) return { do: 'nothing' };
  return deadlineMs <= nowMs ? { do: 'evict' } : { do: 'wait', forMs: deadlineMs - nowMs };
}

/** 0: not at all; infinite: for ever. */
function toleratedMs(taint: ReadonlyTaint, tolerations: readonly ReadonlyToleration[]): number {
  const matching = tolerations.filter((toleration) => toleratesTaint(toleration, taint));
  if (matching.length === 0) return 0;
  const limits = matching.flatMap(({ tolerationSeconds }) =>
    tolerationSeconds === undefined ? [] : [tolerationSeconds],
  );
  return limits.length === 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.min(...limits)) * 1000;
}
