import type { FieldError } from '../../../api/status.ts';
import type { DeepReadonly } from '../../../lib/types.ts';
import type { Pod } from '../../wire.ts';

/** Every error of a pod. */
export function validatePod(_pod: DeepReadonly<Pod>): FieldError[] {
  return [];
}

/** What may not change in a pod. */
export function validatePodUpdate(_pod: DeepReadonly<Pod>, _old: DeepReadonly<Pod>): FieldError[] {
  return [];
}

/** What may not change in a pod's status. */
export function validatePodStatusUpdate(_pod: DeepReadonly<Pod>, _old: DeepReadonly<Pod>): FieldError[] {
  return [];
}
