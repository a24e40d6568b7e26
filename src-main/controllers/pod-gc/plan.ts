import { isPodTerminal } from '@shared/kinds/core/pod/pod-status.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import { parseTime } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

type ReadonlyPod = DeepReadonly<Pod>;

/** Ended pods kept for people to look at; the oldest beyond go. */
export const terminatedThreshold = 12_500;

export interface PodGcState {
  readonly pods: readonly ReadonlyPod[];
  /** The node exists, or is not known for long enough not to. */
  mayExist(nodeName: string): boolean;
  readonly terminatedThreshold: number;
}

export interface PodGcPlan {
  /** Pods of nodes that are gone: nobody will ever end them. */
  readonly orphaned: readonly ReadonlyPod[];
  /** Pods deleted before they got a node: nobody has anything to end. */
  readonly unscheduled: readonly ReadonlyPod[];
  /** Ended pods beyond the threshold. */
  readonly surplus: readonly ReadonlyPod[];
}

/** The pods to remove without asking a kubelet. */
export function planPodGc({ pods, mayExist, terminatedThreshold: threshold }: PodGcState): PodGcPlan {
  const orphaned = pods.filter(({ spec }) => spec?.nodeName && !mayExist(spec.nodeName));
  const unscheduled = pods.filter(
    ({ spec, metadata }) => !spec?.nodeName && metadata?.deletionTimestamp !== undefined,
  );
  const ended = pods.filter((pod) => isPodTerminal(pod) && pod.metadata?.deletionTimestamp === undefined);
  const surplus = ended
    .sort((a, b) => createdMs(a) - createdMs(b))
    .slice(0, Math.max(0, ended.length - threshold));
  const isOrphaned = new Set(orphaned);
  return { orphaned, unscheduled, surplus: surplus.filter((pod) => !isOrphaned.has(pod)) };
}

function createdMs({ metadata }: ReadonlyPod): number {
  return parseTime(metadata?.creationTimestamp ?? '') ?? 0;
}
