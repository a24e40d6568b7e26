import type { Node, Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { hollowNodeLabel } from '@shared/rpc/cluster-config.ts';

export interface RemovalEffect {
  /** Pods that a controller will start anew on another node. */
  readonly moving: number;
  /** Names (`namespace/name`) of pods that nothing manages. */
  readonly lost: readonly string[];
  /** Whether another ready, schedulable, real node is there. */
  readonly elsewhere: boolean;
}

/** What removing a node does to the pods on it. Finished pods and pods of daemon sets neither move nor count. */
export function removalEffect(
  podsHere: readonly DeepReadonly<Pod>[],
  nodes: readonly DeepReadonly<Node>[],
  node: string,
): RemovalEffect {
  let moving = 0;
  const lost: string[] = [];
  for (const pod of podsHere) {
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue;
    const owner = pod.metadata?.ownerReferences?.find((reference) => reference.controller);
    if (owner?.kind === 'DaemonSet') continue;
    if (owner === undefined) lost.push(`${pod.metadata?.namespace}/${pod.metadata?.name}`);
    else moving += 1;
  }
  const elsewhere = nodes.some(
    (other) =>
      other.metadata?.name !== node &&
      other.metadata?.labels?.[hollowNodeLabel] === undefined &&
      other.spec?.unschedulable !== true &&
      other.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  );
  return { moving, lost, elsewhere };
}
