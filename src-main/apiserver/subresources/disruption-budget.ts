import { labelMatcherOf } from '@shared/api/selectors.ts';
import { ApiError } from '@shared/api/status.ts';
import { isPodReady } from '@shared/kinds/core/pod/pod-status.ts';
import type { Pod, PodDisruptionBudget } from '@shared/kinds/wire.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { Unchecked, UncheckedDraft } from '@shared/lib/types.ts';

type ReadonlyBudget = Unchecked<PodDisruptionBudget>;
type ReadonlyPod = Unchecked<Pod>;

/** Evictions that the controller has not yet counted; beyond this it must catch up first. */
const maxUncounted = 2000;

/**
 * The budget that must give its leave for a pod to be evicted; undefined when none has a say. Throws when several
 * have: which of them counts is not defined.
 * https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
export function budgetFor(pod: ReadonlyPod, budgets: readonly ReadonlyBudget[]): ReadonlyBudget | undefined {
  const phase = pod.status?.phase;
  const unimportant = phase === 'Pending' || phase === 'Succeeded' || phase === 'Failed';
  if (unimportant || pod.metadata?.deletionTimestamp !== undefined) return undefined;
  const [budget, ...others] = budgets.filter(
    ({ spec }) => spec?.selector && labelMatcherOf(spec.selector).matches(pod.metadata?.labels ?? {}),
  );
  if (others.length > 0) {
    const text =
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw ApiError.of('InternalError', text);
  }
  if (!budget || isPodReady(pod)) return budget;
  return mayEvictUnready(budget) ? undefined : budget;
}

/** A pod that is not ready may go when the budget says so, or when enough others are ready. */
function mayEvictUnready({ spec, status }: ReadonlyBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

/** Takes one disruption from the budget, in the draft. Throws 429 when there is none left. */
export function takeDisruption(
  budget: UncheckedDraft<PodDisruptionBudget>,
  podName: string,
  nowMs: number,
): void {
  const { metadata } = budget;
  const name = metadata?.name ?? '';
  const { disruptionsAllowed: allowed = 0, disruptedPods = {}, ...status } = budget.status ?? {};
  if ((status.observedGeneration ?? 0) < (metadata?.generation ?? 0)) {
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (allowed < 0) throw refused(name, 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > maxUncounted) {
    throw refused(name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  }
  if (allowed === 0) {
    const { desiredHealthy = 0, currentHealthy = 0 } = status;
    throw tooMany(
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    );
  }
  budget.status = {
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
    ...status,
    disruptionsAllowed: allowed - 1,
    disruptedPods: { ...disruptedPods, [podName]: rfc3339(nowMs) },
  };
}

function tooMany(message: string, retryAfterSeconds?: number): ApiError {
  const text = "Cannot evict pod as it would violate the pod's disruption budget.";
  return ApiError.of('TooManyRequests', text, {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

function refused(name: string, why: string): ApiError {
  return ApiError.of('Forbidden', `poddisruptionbudget.policy "${name}" is forbidden: ${why}`, {
    name,
    group: 'policy',
    kind: 'poddisruptionbudget',
  });
}
