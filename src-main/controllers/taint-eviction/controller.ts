import { isReason } from '@shared/api/status.ts';
import { refOf } from '@shared/client/client.ts';
import { type ControllerContext, defineController } from '@shared/controller/define.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Node, Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { podsByNode, podsByNodeIndex } from '../shared/node-pods.ts';
import { withCondition } from '../shared/pod-condition.ts';
import { planEviction } from './plan.ts';

/** Deletes pods from nodes whose NoExecute taints they do not, or no longer, tolerate. */
export const taintEvictionController = defineController({
  name: 'taint-eviction',
  component: 'taint-eviction-controller',
  for: podKind,
  watches: [{ kind: nodeKind, keysFor: podsOnTainted }],
  indexes: [podsByNodeIndex],
  async reconcile({ namespace, name }, context) {
    const pod = context.informer(podKind).get(namespace, name);
    const nodeName = pod?.spec?.nodeName;
    if (!pod || !nodeName) return undefined;
    const plan = planEviction(pod, context.informer(nodeKind).get('', nodeName), context.clock.now());
    if (plan.do === 'wait') return { requeueAfterMs: plan.forMs };
    if (plan.do === 'evict') await evict(context, pod);
    return undefined;
  },
});

function podsOnTainted(node: DeepReadonly<Node>, context: ControllerContext) {
  if (!node.spec?.taints?.some(({ effect }) => effect === 'NoExecute')) return [];
  return podsByNode(context, node.metadata?.name ?? '').map(({ metadata }) => ({
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
  }));
}

async function evict({ client, clock, events }: ControllerContext, pod: DeepReadonly<Pod>): Promise<void> {
  const { namespace, name, uid = '' } = pod.metadata ?? {};
  try {
    const marked = withCondition(pod, clock.now(), {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    });
    await client.updateStatus(podKind, marked);
    events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${namespace}/${name}`);
    await client.delete(podKind, refOf(pod), { preconditions: { uid } });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}
