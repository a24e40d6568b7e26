import type { Unchecked } from '../../../lib/types.ts';
import type { Node, NodeCondition } from '../../wire.ts';

type ReadonlyNode = Unchecked<Node>;

const roleLabelPrefix = 'node-role.kubernetes.io/';
const roleLabel = 'kubernetes.io/role';

/** The node's condition of that type, e.g. `Ready`. */
export function nodeCondition(node: ReadonlyNode, type: string): Unchecked<NodeCondition> | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type);
}

/** True when the node's kubelet reports that it can run pods. */
export function isNodeReady(node: ReadonlyNode): boolean {
  return nodeCondition(node, 'Ready')?.status === 'True';
}

/** The STATUS column of `kubectl get nodes`: `Ready`, `NotReady`, `Unknown`, with `,SchedulingDisabled`. */
export function nodeStatusText(node: ReadonlyNode): string {
  const ready = nodeCondition(node, 'Ready');
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable === true ? `${text},SchedulingDisabled` : text;
}

/** Roles named by labels, sorted: `node-role.kubernetes.io/<role>` and `kubernetes.io/role=<role>`. */
export function nodeRoles(node: ReadonlyNode): readonly string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata?.labels ?? {})) {
    if (key.startsWith(roleLabelPrefix)) roles.add(key.slice(roleLabelPrefix.length));
    else if (key === roleLabel) roles.add(value);
  }
  roles.delete('');
  return [...roles].sort();
}

/** The node's first address of that type; undefined when it has none. */
export function nodeAddress(
  node: ReadonlyNode,
  type: 'InternalIP' | 'ExternalIP' | 'Hostname',
): string | undefined {
  return node.status?.addresses?.find((address) => address.type === type)?.address;
}
