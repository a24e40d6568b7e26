import type { DeepReadonly } from '../lib/types.ts';
import type { KubeObject } from '../api/meta.ts';

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
  ): void;
}
