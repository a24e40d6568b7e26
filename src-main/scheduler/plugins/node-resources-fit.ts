import { type Plugin, passed, rejected } from '../framework/framework.ts';
import { type NodeInfo, nonZeroRequests, requestsOf } from '../framework/node-info.ts';

const best = 100;

/**
 * A node must have room for what the pod requests; among those that have, the emptier one is preferred
 * (LeastAllocated over cpu and memory, equal weights).
 */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  filter: (_state, pod, node) => {
    const reasons: string[] = [];
    const podsAllowed = node.allocatable.get('pods') ?? 0;
    if (node.pods.size + 1 > podsAllowed) reasons.push('Too many pods');
    for (const [name, amount] of requestsOf(pod)) {
      if (amount > (node.allocatable.get(name) ?? 0) - (node.requested.get(name) ?? 0))
        reasons.push(`Insufficient ${name}`);
    }
    return reasons.length === 0 ? passed : rejected(...reasons);
  },
  score: (_state, pod, node) => {
    const { cpuMilli, memoryBytes } = nonZeroRequests(pod);
    const scores = [
      free(node, 'cpu', node.nonZero.cpuMilli + cpuMilli),
      free(node, 'memory', node.nonZero.memoryBytes + memoryBytes),
    ];
    return Math.floor(scores.reduce((sum, score) => sum + score, 0) / scores.length);
  },
  liftedBy: ['NodeAdded', 'NodeChanged', 'PodDeleted', 'PodChanged'],
};

/** The share left free, in hundredths; 0 when the node would be overfull. */
function free(node: NodeInfo, name: string, used: number): number {
  const capacity = node.allocatable.get(name) ?? 0;
  return capacity === 0 || used > capacity ? 0 : Math.floor(((capacity - used) * best) / capacity);
}
