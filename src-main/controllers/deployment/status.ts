import type { Deployment } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { DeepReadonly, Json } from '@shared/lib/types.ts';
import { type Conditions, deadlineLeftMs } from './conditions.ts';
import { type PlannedReplicaSet, type ReadonlyDeployment, specReplicas, type Wanted } from './model.ts';

export type DeploymentStatus = NonNullable<Deployment['status']>;

export interface StatusInput {
  readonly deployment: ReadonlyDeployment;
  readonly wanted: Wanted;
  readonly newest: PlannedReplicaSet | undefined;
  readonly old: readonly PlannedReplicaSet[];
  /** As changed by the plan so far. */
  readonly conditions: Conditions;
  readonly nowMs: number;
  /** False while paused, scaled or deleted: progress is then not judged. */
  readonly judgeProgress: boolean;
}

/** The counters, added up over all replica sets, and the conditions that follow from them. */
export function deploymentStatus(input: StatusInput): DeploymentStatus {
  const { deployment, wanted, newest, old, conditions } = input;
  const all = newest ? [...old, newest] : old;
  const sum = (of: (set: PlannedReplicaSet) => number) => all.reduce((total, set) => total + of(set), 0);
  const available = sum((set) => set.available);
  const { generation } = deployment.metadata ?? {};
  const collisionCount = deployment.status?.collisionCount;
  const counters = {
    ...(generation !== undefined && { observedGeneration: generation }),
    replicas: sum((set) => set.actual),
    updatedReplicas: newest?.actual ?? 0,
    readyReplicas: sum((set) => set.ready),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, specReplicas(all) - available),
    terminatingReplicas: sum((set) => set.terminating),
    ...(collisionCount !== undefined && { collisionCount }),
  };
  judgeAvailability(conditions, available >= wanted.replicas - wanted.maxUnavailable);
  if (input.judgeProgress) {
    judgeRollout(input, counters);
    judgeFailure(input);
  }
  return { ...counters, ...(conditions.list.length > 0 && { conditions: conditions.list }) };
}

/** Every pod is of the newest template and available. */
export function isComplete(status: DeepReadonly<DeploymentStatus>, deployment: ReadonlyDeployment): boolean {
  const replicas = deployment.spec?.replicas ?? 1;
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata?.generation ?? 0)
  );
}

/** Equal, where absent and zero are the same. */
export function isSameStatus(a: DeepReadonly<DeploymentStatus>, b: DeepReadonly<DeploymentStatus>): boolean {
  return jsonEqual(withoutZeros(a), withoutZeros(b));
}

function withoutZeros(status: DeepReadonly<DeploymentStatus>): Json {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== 0)) as Json;
}

function judgeAvailability(conditions: Conditions, isAvailable: boolean): void {
  conditions.set(
    'Available',
    isAvailable
      ? {
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
  );
}

function judgeRollout(input: StatusInput, status: DeploymentStatus): void {
  const { deployment, wanted, newest, conditions, nowMs } = input;
  if (wanted.progressDeadlineMs === undefined) {
    conditions.remove('Progressing');
    return;
  }
  const present = conditions.get('Progressing');
  const finished = status.replicas === status.updatedReplicas && present?.reason === 'NewReplicaSetAvailable';
  if (finished) return;
  const subject = newest ? `ReplicaSet "${newest.name}"` : `Deployment "${deployment.metadata?.name}"`;
  if (isComplete(status, deployment)) {
    const message = `${subject} has successfully progressed.`;
    conditions.set('Progressing', { status: 'True', reason: 'NewReplicaSetAvailable', message });
  } else if (hasProgressed(deployment.status ?? {}, status)) {
    const message = `${subject} is progressing.`;
    conditions.refresh('Progressing', { status: 'True', reason: 'ReplicaSetUpdated', message });
  } else if (present && hasTimedOut(present, wanted.progressDeadlineMs, nowMs)) {
    const message = `${subject} has timed out progressing.`;
    conditions.set('Progressing', { status: 'False', reason: 'ProgressDeadlineExceeded', message });
  }
}

function hasProgressed(before: DeepReadonly<DeploymentStatus>, now: DeploymentStatus): boolean {
  const old = (status: DeepReadonly<DeploymentStatus>) =>
    (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (now.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(now) < old(before) ||
    (now.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function hasTimedOut(
  progressing: NonNullable<ReturnType<Conditions['get']>>,
  deadlineMs: number,
  nowMs: number,
) {
  if (progressing.reason === 'NewReplicaSetAvailable') return false;
  if (progressing.reason === 'ProgressDeadlineExceeded') return true;
  return deadlineLeftMs(progressing, deadlineMs, nowMs) < 0;
}

/** Repeats the failure a replica set reports, the newest one's first. */
function judgeFailure({ newest, old, conditions }: StatusInput): void {
  const failures = (newest ? [newest, ...old] : old).flatMap(({ source }) =>
    (source?.status?.conditions ?? []).filter(({ type }) => type === 'ReplicaFailure'),
  );
  const [failure] = failures;
  if (!failure) {
    conditions.remove('ReplicaFailure');
    return;
  }
  const status = failure.status === 'True' ? 'True' : 'False';
  conditions.set('ReplicaFailure', { status, reason: failure.reason ?? '', message: failure.message ?? '' });
}
