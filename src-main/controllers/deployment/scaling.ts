import { byAge, type PlannedReplicaSet, specReplicas, type Wanted } from './model.ts';
import { annotateSize, notedDesired, notedMax } from './revision.ts';

/**
 * How replica sets are sized; all functions change the planned sets in place. The arithmetic is that of
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */

/** True when the deployment's size changed since an active replica set was last scaled. */
export function isScaling(sets: readonly PlannedReplicaSet[], wanted: Wanted): boolean {
  return sets.some((set) => {
    const noted = notedDesired(set);
    return set.replicas > 0 && noted !== undefined && noted !== wanted.replicas;
  });
}

/** Brings the sets to the deployment's new size, keeping their proportions while a rollout is under way. */
export function scaleAll(
  newest: PlannedReplicaSet | undefined,
  old: readonly PlannedReplicaSet[],
  { wanted, statusReplicas }: { wanted: Wanted; statusReplicas: number },
): void {
  const all = newest ? [...old, newest] : [...old];
  const active = all.filter(({ replicas }) => replicas > 0);
  if (active.length <= 1) {
    const only = active[0] ?? newest ?? [...old].sort(byAge).at(-1);
    if (only && only.replicas !== wanted.replicas) resize(only, wanted.replicas, wanted);
    return;
  }
  if (newest && isSaturated(newest, wanted)) {
    for (const set of old) if (set.replicas > 0) resize(set, 0, wanted);
  } else if (wanted.isRolling) {
    scaleProportionally(active, wanted, statusReplicas);
  }
}

function isSaturated(newest: PlannedReplicaSet, wanted: Wanted): boolean {
  const { replicas } = wanted;
  return newest.replicas === replicas && notedDesired(newest) === replicas && newest.available === replicas;
}

function scaleProportionally(active: PlannedReplicaSet[], wanted: Wanted, statusReplicas: number): void {
  const allowed = wanted.replicas > 0 ? wanted.replicas + wanted.maxSurge : 0;
  const toAdd = allowed - specReplicas(active);
  const isGrowing = toAdd >= 0;
  // The largest first; among equals growth goes to the newest and shrinkage to the oldest.
  const ranked = [...active].sort(
    (a, b) => b.replicas - a.replicas || (isGrowing ? byAge(b, a) : byAge(a, b)),
  );
  let added = 0;
  const sizes = ranked.map((set) => {
    const left = toAdd - added;
    const share = left === 0 ? 0 : shareOf(set, wanted, statusReplicas);
    const part = isGrowing ? Math.min(share, left) : Math.max(share, left);
    added += part;
    return set.replicas + part;
  });
  ranked.forEach((set, i) => {
    const leftover = i === 0 ? toAdd - added : 0;
    resize(set, Math.max(0, (sizes[i] ?? 0) + leftover), wanted);
  });
}

/** How much a set grows (or shrinks) when the whole deployment does. */
function shareOf(set: PlannedReplicaSet, wanted: Wanted, statusReplicas: number): number {
  if (wanted.replicas === 0) return -set.replicas;
  const before = notedMax(set) || statusReplicas;
  if (before === 0) return 0;
  return Math.round((set.replicas * (wanted.replicas + wanted.maxSurge)) / before) - set.replicas;
}

/** Size for the newest set: up to the surge limit, never past what is wanted. */
export function newestSize(
  newest: PlannedReplicaSet,
  all: readonly PlannedReplicaSet[],
  wanted: Wanted,
): number {
  if (newest.replicas > wanted.replicas || !wanted.isRolling) return wanted.replicas;
  const room = wanted.replicas + wanted.maxSurge - specReplicas(all);
  if (room <= 0) return newest.replicas;
  return newest.replicas + Math.min(room, wanted.replicas - newest.replicas);
}

/** Scales old sets down as far as availability allows, unhealthy pods first. True when anything changed. */
export function shrinkOld(
  newest: PlannedReplicaSet,
  old: readonly PlannedReplicaSet[],
  wanted: Wanted,
): boolean {
  const active = old.filter(({ replicas }) => replicas > 0).sort(byAge);
  const minAvailable = wanted.replicas - wanted.maxUnavailable;
  const newUnavailable = newest.replicas - newest.available;
  let budget = specReplicas([...old, newest]) - minAvailable - newUnavailable;
  if (active.length === 0 || budget <= 0) return false;
  const before = specReplicas(active);

  for (const set of active) {
    const unhealthy = Math.max(0, Math.min(budget, set.replicas - set.available));
    if (unhealthy === 0) continue;
    resize(set, set.replicas - unhealthy, wanted);
    budget -= unhealthy;
  }
  const available = [...old, newest].reduce((sum, set) => sum + set.available, 0);
  let spare = available - minAvailable;
  for (const set of active) {
    const count = Math.max(0, Math.min(spare, set.replicas));
    if (count === 0) continue;
    resize(set, set.replicas - count, wanted);
    spare -= count;
  }
  return specReplicas(active) !== before;
}

export function resize(set: PlannedReplicaSet, replicas: number, wanted: Wanted): void {
  set.replicas = replicas;
  annotateSize(set, wanted);
}
