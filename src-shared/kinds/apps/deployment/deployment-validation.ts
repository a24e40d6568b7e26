import type { FieldError } from '../../../api/status.ts';
import type { DeepReadonly } from '../../../lib/types.ts';
import type { Deployment } from '../../wire.ts';

type ReadonlyDeployment = DeepReadonly<Deployment>;

/** Every error of a deployment. */
export function validateDeployment(_deployment: ReadonlyDeployment): FieldError[] {
  return [];
}

/** What may not change in a deployment. */
export function validateDeploymentUpdate(
  _deployment: ReadonlyDeployment,
  _old: ReadonlyDeployment,
): FieldError[] {
  return [];
}

/** Errors of a deployment's status. */
export function validateDeploymentStatusUpdate(
  _deployment: ReadonlyDeployment,
  _old: ReadonlyDeployment,
): FieldError[] {
  return [];
}
