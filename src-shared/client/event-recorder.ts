import type { KubeObject } from '../api/meta.ts';
import type { DeepReadonly } from '../lib/types.ts';

/**
 * Writes Kubernetes Events. Recording never blocks and never fails the caller. The same event on the same
 * object within ten minutes raises the count of the first one, as kubectl users expect (`x12 over 3m`).
 */
export interface EventRecorder {
  event(
    object: DeepReadonly<KubeObject>,
    type: 'Normal' | 'Warning',
    /** CamelCase, e.g. `FailedScheduling`. */
    reason: string,
    message: string,
    /** Part of the object the event is about, e.g. `spec.containers{web}`. */
    fieldPath?: string,
  ): void;
}
