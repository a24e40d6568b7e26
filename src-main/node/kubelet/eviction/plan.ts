import { quantityToNumber } from '@shared/lib/quantity.ts';
import type { ReadonlyPod } from '../pod/spec.ts';

/** Bytes of the node's disk that one pod has filled. */
export interface StorageUse {
  /** Volumes of type emptyDir that lie on disk, by name. */
  readonly volumes: ReadonlyMap<string, number>;
  /** What containers wrote beside volumes, logs included, by name. */
  readonly containers: ReadonlyMap<string, number>;
}

/** Whether a pod promises to stay below some amount of disk. */
export function hasStorageLimit(pod: ReadonlyPod): boolean {
  return sizeLimits(pod).length > 0 || containerLimits(pod).length > 0;
}

/**
 * Why a pod must go, in Kubernetes' words: one of its volumes, all of it together, or one of its containers takes more
 * disk than was promised. Undefined: it may stay. Pure.
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#local-ephemeral-storage
 */
export function storageEviction(pod: ReadonlyPod, use: StorageUse): string | undefined {
  for (const [name, limit] of sizeLimits(pod)) {
    if (isOver(use.volumes.get(name), limit))
      return `Usage of EmptyDir volume ${JSON.stringify(name)} exceeds the limit "${limit}". `;
  }
  const limits = containerLimits(pod);
  const total = limits.reduce((sum, [, limit]) => sum + quantityToNumber(limit), 0);
  const used = [...use.containers.values(), ...use.volumes.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (limits.length > 0 && used > total)
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${total}. `;
  for (const [name, limit] of limits) {
    if (isOver(use.containers.get(name), limit))
      return `Container ${name} exceeded its local ephemeral storage limit "${limit}". `;
  }
  return undefined;
}

function isOver(used: number | undefined, limit: string): boolean {
  return used !== undefined && used > quantityToNumber(limit);
}

function sizeLimits({ spec }: ReadonlyPod): readonly (readonly [volume: string, limit: string])[] {
  return (spec?.volumes ?? []).flatMap(({ name, emptyDir }) =>
    emptyDir?.sizeLimit === undefined || emptyDir.medium === 'Memory'
      ? []
      : [[name, emptyDir.sizeLimit] as const],
  );
}

function containerLimits({ spec }: ReadonlyPod): readonly (readonly [container: string, limit: string])[] {
  return (spec?.containers ?? []).flatMap(({ name, resources }) => {
    const limit = resources?.limits?.['ephemeral-storage'];
    return limit === undefined ? [] : [[name, limit] as const];
  });
}
