import type { Unchecked } from '../../../lib/types.ts';
import type { PodSpec, Volume } from '../../wire.ts';

/** What checks of a part of a pod spec need to know of the rest. */
export interface PodContext {
  /** True for a pod, false for a template, of which less is asked. */
  readonly isPod: boolean;
  /** The pod's name; undefined in templates. */
  readonly podName?: string | undefined;
  readonly spec: Unchecked<PodSpec>;
  /** The spec's volumes by name, without malformed ones once these are known. */
  readonly volumes: ReadonlyMap<string, Unchecked<Volume>>;
}

export function podContext(
  spec: Unchecked<PodSpec>,
  { isPod, podName }: Pick<PodContext, 'isPod' | 'podName'>,
): PodContext {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name ?? '', volume] as const));
  return { isPod, podName, spec, volumes };
}
