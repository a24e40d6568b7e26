import { isReason } from '@shared/api/status.ts';
import { refOf } from '@shared/client/client.ts';
import { type Controller, type ControllerContext, defineController } from '@shared/controller/define.ts';
import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { isPodReady } from '@shared/kinds/core/pod/pod-status.ts';
import type { Lease, Node, Pod } from '@shared/kinds/wire.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { podsByNode, podsByNodeIndex } from '../shared/node-pods.ts';
import { Heartbeats } from './heartbeats.ts';
import { planNode } from './plan.ts';

type ReadonlyNode = DeepReadonly<Node>;

const leaseNamespace = 'kube-node-lease';
/** Every node is looked at this often. */
const monitorPeriodMs = 5000;

/** Notices nodes that fell silent, marks them and their pods not ready, and keeps the taints that follow. */
export function nodeLifecycleController(): Controller {
  const heartbeats = new Heartbeats(4 * monitorPeriodMs);
  const registered = new Set<string>();
  return defineController({
    name: 'node-lifecycle',
    component: 'node-controller',
    for: nodeKind,
    watches: [
      {
        kind: leaseKind,
        keysFor: ({ metadata }: DeepReadonly<Lease>) =>
          metadata?.namespace === leaseNamespace ? [{ namespace: '', name: metadata.name ?? '' }] : [],
      },
    ],
    reads: [podKind],
    indexes: [podsByNodeIndex],
    async reconcile({ name }, context) {
      const node = context.informer(nodeKind).get('', name);
      if (!node) {
        heartbeats.forget(name);
        if (registered.delete(name)) announceRemoval(context, name);
        return undefined;
      }
      if (!registered.has(name)) {
        registered.add(name);
        announce(
          context,
          node,
          'RegisteredNode',
          `Node ${name} event: Registered Node ${name} in Controller`,
        );
      }
      const nowMs = context.clock.now();
      const lease = context.informer(leaseKind).get(leaseNamespace, name);
      const silentMs = heartbeats.observe(node, lease, nowMs);
      const isAnyReady = context.informer(nodeKind).list().some(isNodeReady);
      const plan = planNode({ node, silentMs, isAnyReady, nowMs });
      let current = node;
      if (plan.conditions) {
        const status = { ...node.status, conditions: plan.conditions };
        current = await context.client.updateStatus(nodeKind, { ...node, status });
      }
      if (plan.becameNotReady)
        announce(context, node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
      if (plan.taints) await setTaints(context, current, plan.taints);
      if (plan.arePodsUnready) await markPodsUnready(context, name);
      return { requeueAfterMs: monitorPeriodMs };
    },
  });
}

function isNodeReady({ status }: ReadonlyNode): boolean {
  return (
    status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ===
    true
  );
}

async function setTaints(
  { client }: ControllerContext,
  node: ReadonlyNode,
  taints: readonly unknown[],
): Promise<void> {
  const { resourceVersion } = node.metadata ?? {};
  const body = { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } };
  await client.patch(nodeKind, refOf(node), { type: 'merge', body });
}

/** Takes the node's pods out of their services. The kubelet sets them right when it is back. */
async function markPodsUnready(context: ControllerContext, nodeName: string): Promise<void> {
  const ready = podsByNode(context, nodeName).filter(isPodReady);
  for (const pod of ready) {
    const now = rfc3339(context.clock.now());
    const conditions = (pod.status?.conditions ?? []).map((condition) =>
      condition.type === 'Ready' ? { ...condition, status: 'False', lastTransitionTime: now } : condition,
    );
    try {
      await context.client.updateStatus(podKind, {
        ...pod,
        status: { ...pod.status, conditions },
      } as DeepReadonly<Pod>);
      context.events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    } catch (error) {
      if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
    }
  }
}

function announce(context: ControllerContext, node: ReadonlyNode, reason: string, message: string): void {
  context.events.event(node, 'Normal', reason, message);
}

function announceRemoval(context: ControllerContext, name: string): void {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } };
  announce(context, node, 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
}
