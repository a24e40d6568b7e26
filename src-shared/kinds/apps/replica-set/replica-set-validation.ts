import type { FieldError } from '../../../api/status.ts';
import type { DeepReadonly } from '../../../lib/types.ts';
import type { ReplicaSet } from '../../wire.ts';

type ReadonlyReplicaSet = DeepReadonly<ReplicaSet>;

/** Every error of a replica set. */
export function validateReplicaSet(_replicaSet: ReadonlyReplicaSet): FieldError[] {
  return [];
}

/** What may not change in a replica set. */
export function validateReplicaSetUpdate(
  _replicaSet: ReadonlyReplicaSet,
  _old: ReadonlyReplicaSet,
): FieldError[] {
  return [];
}

/** Errors of a replica set's status. */
export function validateReplicaSetStatusUpdate(
  _replicaSet: ReadonlyReplicaSet,
  _old: ReadonlyReplicaSet,
): FieldError[] {
  return [];
}
