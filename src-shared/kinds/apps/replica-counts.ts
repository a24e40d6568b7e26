import { invalid } from '../../api/field-errors.ts';
import type { FieldError } from '../../api/status.ts';
import { checkNonNegative } from '../validation.ts';

interface Counts {
  readonly replicas?: number;
  readonly fullyLabeledReplicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
}

/**
 * Counts of pods in a status: none negative, no part greater than the whole. `field` is the path of the status,
 * `others` are numbers that count something else.
 */
export function checkReplicaCounts<T extends Counts>(
  field: string,
  status: T,
  parts: readonly (keyof Counts)[],
  others: readonly (keyof T & string)[],
): FieldError[] {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  const errors = ['replicas' as const, ...parts, ...others].flatMap((key) =>
    checkNonNegative(`${field}.${key}`, status[key] as number | undefined),
  );
  for (const key of parts) {
    const count = status[key] ?? 0;
    if (count > replicas)
      errors.push(invalid(`${field}.${key}`, count, 'cannot be greater than status.replicas'));
  }
  if (availableReplicas > readyReplicas) {
    errors.push(
      invalid(`${field}.availableReplicas`, availableReplicas, 'cannot be greater than readyReplicas'),
    );
  }
  return errors;
}

interface Collisions {
  readonly collisionCount?: number;
}

/** The number of name collisions only grows, for names are made from it. */
export function checkCollisions(status: Collisions | undefined, old: Collisions | undefined): FieldError[] {
  const now = status?.collisionCount ?? 0;
  if (now >= (old?.collisionCount ?? 0)) return [];
  return [invalid('status.collisionCount', now, 'cannot be decremented')];
}
