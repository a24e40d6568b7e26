import { labelMatcherOf } from '@shared/api/selectors.ts';
import {
  isPodActive,
  isPodAvailable,
  isPodReady,
  isPodTerminal,
  podReadySinceMs,
} from '@shared/kinds/core/pod/pod-status.ts';
import type { Pod, ReplicaSet } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

type Status = NonNullable<ReplicaSet['status']>;

/** A create or delete that failed, for the condition ReplicaFailure. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

interface StatusOptions {
  readonly failure: ReplicaFailure | undefined;
  readonly nowMs: number;
  readonly countsTerminating: boolean;
}

/** The status that tells of the owned pods; undefined when the present one does already. */
export function replicaSetStatus(
  replicaSet: DeepReadonly<ReplicaSet>,
  owned: readonly DeepReadonly<Pod>[],
  { failure, nowMs, countsTerminating }: StatusOptions,
): Status | undefined {
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  const template = labelMatcherOf({ matchLabels: replicaSet.spec?.template?.metadata?.labels ?? {} });
  const active = owned.filter(isPodActive);
  const generation = replicaSet.metadata?.generation;
  const conditions = withFailure(replicaSet.status?.conditions ?? [], failure, nowMs);
  const status: Status = {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => template.matches(pod.metadata?.labels ?? {})).length,
    readyReplicas: active.filter(isPodReady).length,
    availableReplicas: active.filter((pod) => isPodAvailable(pod, minReadySeconds, nowMs)).length,
    ...(countsTerminating && {
      terminatingReplicas: owned.filter((pod) => !isPodActive(pod) && !isPodTerminal(pod)).length,
    }),
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(conditions.length > 0 && { conditions }),
  };
  return jsonEqual(status, replicaSet.status ?? {}) ? undefined : status;
}

/** When a ready pod will next become available, in milliseconds from now; undefined when none is waiting. */
export function nextAvailableMs(
  replicaSet: DeepReadonly<ReplicaSet>,
  owned: readonly DeepReadonly<Pod>[],
  nowMs: number,
): number | undefined {
  const minReadyMs = (replicaSet.spec?.minReadySeconds ?? 0) * 1000;
  const waits = owned
    .filter(isPodActive)
    .map((pod) => (podReadySinceMs(pod) ?? Number.NEGATIVE_INFINITY) + minReadyMs - nowMs)
    .filter((wait) => wait > 0);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}

type Conditions = NonNullable<Status['conditions']>;

function withFailure(
  present: DeepReadonly<Conditions>,
  failure: ReplicaFailure | undefined,
  nowMs: number,
): Conditions {
  const others = present.filter(({ type }) => type !== 'ReplicaFailure');
  const known = present.find(({ type }) => type === 'ReplicaFailure');
  if (!failure) return others.map((condition) => ({ ...condition }));
  const isKnown = known?.reason === failure.reason;
  const condition = isKnown
    ? { ...known }
    : { type: 'ReplicaFailure', status: 'True', lastTransitionTime: rfc3339(nowMs), ...failure };
  return [...others.map((other) => ({ ...other })), condition];
}
