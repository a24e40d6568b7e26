import { labelMatcherOf } from '@shared/api/selectors.ts';
import type { Deployment, PodTemplateSpec, ReplicaSet } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import { parseTime } from '@shared/lib/time.ts';
import type { DeepReadonly, Json } from '@shared/lib/types.ts';

export type ReadonlyDeployment = DeepReadonly<Deployment>;
export type ReadonlyReplicaSet = DeepReadonly<ReplicaSet>;

export const hashLabel = 'pod-template-hash';
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
export const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';

/** Value that stands for "no limit" in optional int32 fields. */
const maxInt32 = 2 ** 31 - 1;

/** What a plan makes of one replica set. Counters are the server's; `replicas` and `annotations` may change. */
export interface PlannedReplicaSet {
  readonly name: string;
  /** Undefined for the one to be created. */
  readonly source: ReadonlyReplicaSet | undefined;
  replicas: number;
  minReadySeconds: number;
  annotations: Record<string, string>;
  readonly createdMs: number;
  /** `status.replicas`, ready, available and terminating. */
  readonly actual: number;
  readonly ready: number;
  readonly available: number;
  readonly terminating: number;
}

/** The deployment's numbers with every default filled in and every percentage resolved. */
export interface Wanted {
  readonly replicas: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly minReadySeconds: number;
  readonly isRolling: boolean;
  /** Undefined: no deadline. */
  readonly progressDeadlineMs: number | undefined;
  /** Undefined: keep all. */
  readonly historyLimit: number | undefined;
}

export function wantedOf(deployment: ReadonlyDeployment): Wanted {
  const { spec } = deployment;
  const replicas = spec?.replicas ?? 1;
  const isRolling = spec?.strategy?.type !== 'Recreate';
  const limits = spec?.strategy?.rollingUpdate;
  const deadline = spec?.progressDeadlineSeconds;
  const history = spec?.revisionHistoryLimit;
  const maxSurge = isRolling ? resolve(limits?.maxSurge ?? '25%', replicas, Math.ceil) : 0;
  const unavailable = resolve(limits?.maxUnavailable ?? '25%', replicas, Math.floor);
  // Both zero would leave no way to move.
  const atLeastOne = maxSurge === 0 && unavailable === 0 ? 1 : unavailable;
  return {
    replicas,
    maxSurge,
    maxUnavailable: isRolling ? Math.min(atLeastOne, replicas) : 0,
    minReadySeconds: spec?.minReadySeconds ?? 0,
    isRolling,
    progressDeadlineMs: deadline === undefined || deadline === maxInt32 ? undefined : deadline * 1000,
    historyLimit: history === undefined || history === maxInt32 ? undefined : history,
  };
}

/** An int-or-percent of a total. */
function resolve(value: unknown, total: number, round: (exact: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(String(value))?.[1];
  return percent === undefined ? 0 : round((Number(percent) * total) / 100);
}

export function plannedOf(source: ReadonlyReplicaSet): PlannedReplicaSet {
  const { metadata, spec, status } = source;
  return {
    name: metadata?.name ?? '',
    source,
    replicas: spec?.replicas ?? 1,
    minReadySeconds: spec?.minReadySeconds ?? 0,
    annotations: { ...metadata?.annotations },
    createdMs: parseTime(metadata?.creationTimestamp ?? '') ?? 0,
    actual: status?.replicas ?? 0,
    ready: status?.readyReplicas ?? 0,
    available: status?.availableReplicas ?? 0,
    terminating: status?.terminatingReplicas ?? 0,
  };
}

/** Oldest first; the name decides among equals. */
export function byAge(a: PlannedReplicaSet, b: PlannedReplicaSet): number {
  return a.createdMs - b.createdMs || (a.name < b.name ? -1 : 1);
}

export function specReplicas(sets: readonly PlannedReplicaSet[]): number {
  return sets.reduce((sum, { replicas }) => sum + replicas, 0);
}

/** Equal but for the hash label, which only the replica set's template has. */
export function isSameTemplate(
  a: DeepReadonly<PodTemplateSpec> | undefined,
  b: DeepReadonly<PodTemplateSpec> | undefined,
): boolean {
  return jsonEqual(withoutHash(a), withoutHash(b));
}

function withoutHash(template: DeepReadonly<PodTemplateSpec> | undefined): Json {
  const { metadata, ...rest } = template ?? {};
  const { labels, annotations, creationTimestamp: _, ...others } = metadata ?? {};
  const { [hashLabel]: _hash, ...kept } = labels ?? {};
  const hasAnnotations = Object.keys(annotations ?? {}).length > 0;
  return {
    ...rest,
    metadata: { ...others, labels: kept, ...(hasAnnotations && { annotations }) },
  } as unknown as Json;
}

/** True when the selector is the empty one, which would claim every pod of the namespace. */
export function selectsEverything(deployment: ReadonlyDeployment): boolean {
  return labelMatcherOf(deployment.spec?.selector).isEverything;
}
