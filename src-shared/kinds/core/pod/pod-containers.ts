import type { Unchecked } from '../../../lib/types.ts';

/**
 * The containers that run side by side. A pod on its way in may have none yet: admission sees it before it is
 * validated.
 */
export function mainContainers<C>(spec: { readonly containers?: C[] }): C[];
export function mainContainers<C>(spec: { readonly containers?: readonly C[] }): readonly C[];
export function mainContainers<C>(spec: { readonly containers?: readonly C[] }): readonly C[] {
  return spec.containers ?? [];
}

/** True for an init container that keeps running beside the pod's containers (`restartPolicy: Always`). */
export function isSidecar(container: Unchecked<{ restartPolicy?: string }> | undefined): boolean {
  return container?.restartPolicy === 'Always';
}
