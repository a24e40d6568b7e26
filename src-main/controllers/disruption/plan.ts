import { isPodReady } from '@shared/kinds/core/pod/pod-status.ts';
import { amountOf, type CountOrPercent } from '@shared/kinds/count-or-percent.ts';
import type { Pod, PodDisruptionBudget } from '@shared/kinds/wire.ts';
import { parseTime, rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

export type ReadonlyBudget = DeepReadonly<PodDisruptionBudget>;
export type ReadonlyPod = DeepReadonly<Pod>;
type Status = NonNullable<PodDisruptionBudget['status']>;

/** An eviction that was allowed and of which nothing was seen for this long has not happened. */
const disruptionTimeoutMs = 120_000;

export interface BudgetInput {
  readonly budget: ReadonlyBudget;
  /** Those the budget selects. */
  readonly pods: readonly ReadonlyPod[];
  /** Replicas that the pods' controllers want together; undefined: a pod has no controller that says so. */
  readonly wantedReplicas: number | undefined;
  readonly nowMs: number;
}

/**
 * What a budget allows now, and when to look again because an eviction under way will have timed out.
 * Source: https://kubernetes.io/docs/tasks/run-application/configure-pdb/.
 */
export function planBudget(input: BudgetInput): { readonly status: Status; readonly lookAgainInMs?: number } {
  const { budget, pods, nowMs } = input;
  const disruptedPods = disruptedOf(input);
  const numbers = numbersOf(input);
  const currentHealthy = pods.filter(
    (pod) =>
      pod.metadata?.deletionTimestamp === undefined &&
      disruptedPods[pod.metadata?.name ?? ''] === undefined &&
      isPodReady(pod),
  ).length;
  const spare = numbers && numbers.expected > 0 ? Math.max(0, currentHealthy - numbers.desired) : 0;
  const times = Object.values(disruptedPods).map(
    (time) => (parseTime(time) ?? nowMs) + disruptionTimeoutMs - nowMs,
  );
  return {
    status: {
      ...(budget.status as Status | undefined),
      observedGeneration: budget.metadata?.generation ?? 1,
      currentHealthy,
      desiredHealthy: numbers?.desired ?? 0,
      expectedPods: numbers?.expected ?? pods.length,
      disruptionsAllowed: spare,
      disruptedPods,
      conditions: [condition(input, spare, numbers !== undefined)],
    },
    ...(times.length > 0 && { lookAgainInMs: Math.max(0, Math.min(...times)) }),
  };
}

/** Evictions under way: allowed a while ago, the pod still there and not yet deleted. */
function disruptedOf({ budget, pods, nowMs }: BudgetInput): Record<string, string> {
  const present = new Set(
    pods
      .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata?.name),
  );
  return Object.fromEntries(
    Object.entries(budget.status?.disruptedPods ?? {}).filter(
      ([name, time]) => present.has(name) && (parseTime(time) ?? 0) + disruptionTimeoutMs > nowMs,
    ),
  );
}

function numbersOf({
  budget,
  pods,
  wantedReplicas,
}: BudgetInput): { expected: number; desired: number } | undefined {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  if (maxUnavailable === undefined && typeof minAvailable === 'number') {
    return { expected: pods.length, desired: minAvailable };
  }
  if (wantedReplicas === undefined) return undefined;
  if (maxUnavailable !== undefined) {
    return {
      expected: wantedReplicas,
      desired: Math.max(0, wantedReplicas - resolved(maxUnavailable, wantedReplicas)),
    };
  }
  return { expected: wantedReplicas, desired: resolved(minAvailable ?? 1, wantedReplicas) };
}

/** Shares are rounded up. */
function resolved(value: CountOrPercent, total: number): number {
  const amount = amountOf(value);
  return typeof value === 'number' ? amount : Math.ceil((amount * total) / 100);
}

function condition({ budget, nowMs }: BudgetInput, spare: number, isKnown: boolean) {
  const type = 'DisruptionAllowed';
  const status = spare > 0 ? 'True' : 'False';
  const present = budget.status?.conditions?.find((other) => other.type === type);
  const since = present?.status === status ? present.lastTransitionTime : undefined;
  return {
    type,
    status,
    reason: isKnown ? (spare > 0 ? 'SufficientPods' : 'InsufficientPods') : 'SyncFailed',
    message: isKnown
      ? ''
      : 'found no controller that says how many pods there should be, which a share needs',
    lastTransitionTime: since ?? rfc3339(nowMs),
    observedGeneration: budget.metadata?.generation ?? 1,
  };
}
