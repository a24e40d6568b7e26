import type { Pod } from '@shared/kinds/wire.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

/** The pod with the condition put in place of the one of that type. */
export function withCondition(
  pod: DeepReadonly<Pod>,
  nowMs: number,
  condition: {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  },
): DeepReadonly<Pod> {
  const present = pod.status?.conditions ?? [];
  const known = present.find(({ type }) => type === condition.type);
  const isSame = known?.status === condition.status;
  const lastTransitionTime = (isSame && known.lastTransitionTime) || rfc3339(nowMs);
  const others = present.filter(({ type }) => type !== condition.type);
  return { ...pod, status: { ...pod.status, conditions: [...others, { ...condition, lastTransitionTime }] } };
}
