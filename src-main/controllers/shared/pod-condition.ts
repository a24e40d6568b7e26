import type { Pod, PodCondition } from '@shared/kinds/wire.ts';
import { parseTime, rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

type ReadonlyPod = DeepReadonly<Pod>;

/** Its containers have ended for good. */
export function isTerminal(pod: ReadonlyPod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Counts towards a controller's replicas: neither ended nor being deleted. */
export function isActive(pod: ReadonlyPod): boolean {
  return !isTerminal(pod) && pod.metadata?.deletionTimestamp === undefined;
}

export function podCondition(pod: ReadonlyPod, type: string): DeepReadonly<PodCondition> | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export function isReady(pod: ReadonlyPod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** When the pod became ready, in milliseconds; undefined while it is not. */
export function readySinceMs(pod: ReadonlyPod): number | undefined {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return undefined;
  return parseTime(ready.lastTransitionTime ?? '');
}

/** Ready for at least `minReadySeconds`. */
export function isAvailable(pod: ReadonlyPod, minReadySeconds: number, nowMs: number): boolean {
  if (!isReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const sinceMs = readySinceMs(pod);
  return sinceMs !== undefined && sinceMs + minReadySeconds * 1000 <= nowMs;
}

/** The pod with the condition put in place of the one of that type. */
export function withCondition(
  pod: ReadonlyPod,
  nowMs: number,
  condition: {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  },
): ReadonlyPod {
  const present = pod.status?.conditions ?? [];
  const known = present.find(({ type }) => type === condition.type);
  const isSame = known?.status === condition.status;
  const lastTransitionTime = (isSame && known.lastTransitionTime) || rfc3339(nowMs);
  const others = present.filter(({ type }) => type !== condition.type);
  return { ...pod, status: { ...pod.status, conditions: [...others, { ...condition, lastTransitionTime }] } };
}
