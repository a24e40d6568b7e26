import {
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  type PlannedReplicaSet,
  type ReadonlyDeployment,
  revisionAnnotation,
  revisionHistoryAnnotation,
  type Wanted,
} from './model.ts';

/** Annotations that belong to one object and are not handed from a deployment to its replica sets. */
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deprecated.deployment.rollback.to',
]);

/** Longest revision history kept in the annotation, in characters. */
const maxHistoryLength = 2000;

/** The revision a replica set carries, any 64-bit number; 0 when none. */
function revisionOf(set: PlannedReplicaSet): bigint {
  return parseRevision(set.annotations[revisionAnnotation]);
}

/** For sorting: the lowest revision first. */
export function byRevision(a: PlannedReplicaSet, b: PlannedReplicaSet): number {
  const [left, right] = [revisionOf(a), revisionOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** One more than every old replica set's revision. */
export function nextRevision(old: readonly PlannedReplicaSet[]): bigint {
  const latest = old.toSorted(byRevision).at(-1);
  return (latest ? revisionOf(latest) : 0n) + 1n;
}

/**
 * Gives the newest replica set the deployment's annotations and the revision, remembering a revision it had
 * before (a rollback brings an old replica set back under a new number).
 */
export function annotateNewest(
  set: PlannedReplicaSet,
  deployment: ReadonlyDeployment,
  revision: bigint,
): void {
  for (const [key, value] of Object.entries(deployment.metadata?.annotations ?? {})) {
    if (!notCopied.has(key)) set.annotations[key] = value;
  }
  const before = set.annotations[revisionAnnotation];
  if (parseRevision(before) >= revision) return;
  set.annotations[revisionAnnotation] = String(revision);
  if (before === undefined) return;
  const history = (set.annotations[revisionHistoryAnnotation] ?? '').split(',').filter((past) => past !== '');
  history.push(before);
  while (history.join(',').length > maxHistoryLength) history.shift();
  set.annotations[revisionHistoryAnnotation] = history.join(',');
}

/** Notes on a replica set what the deployment wanted when it was last scaled; proportional scaling needs it. */
export function annotateSize(set: PlannedReplicaSet, wanted: Wanted): void {
  set.annotations[desiredReplicasAnnotation] = String(wanted.replicas);
  set.annotations[maxReplicasAnnotation] = String(wanted.replicas + wanted.maxSurge);
}

/** `spec.replicas` of the deployment when this replica set was last scaled; undefined when not noted. */
export function notedDesired(set: PlannedReplicaSet): number | undefined {
  return optional(set.annotations[desiredReplicasAnnotation]);
}

export function notedMax(set: PlannedReplicaSet): number | undefined {
  return optional(set.annotations[maxReplicasAnnotation]);
}

function parseRevision(text: string | undefined): bigint {
  return text !== undefined && /^\d{1,19}$/.test(text) ? BigInt(text) : 0n;
}

function optional(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
