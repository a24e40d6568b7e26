import type { DeepReadonly } from '../../../lib/types.ts';

/** True for an init container that keeps running beside the pod's containers (`restartPolicy: Always`). */
export function isSidecar(container: DeepReadonly<{ restartPolicy?: string }> | undefined): boolean {
  return container?.restartPolicy === 'Always';
}
