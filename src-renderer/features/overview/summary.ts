import type { Node, Pod } from '@shared/kinds/wire.ts';
import { quantityToNumber } from '@shared/lib/quantity.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { hollowNodeLabel } from '@shared/rpc/cluster-config.ts';

export interface NodeUse {
  readonly name: string;
  readonly ready: boolean;
  readonly cordoned: boolean;
  readonly pods: number;
  readonly podCapacity: number;
  /** Cores. */
  readonly cpuRequested: number;
  readonly cpuAllocatable: number;
  /** Bytes. */
  readonly memoryRequested: number;
  readonly memoryAllocatable: number;
}

/** What each node has to give and what its pods ask for. Finished pods ask for nothing. */
export function nodeUse(
  nodes: readonly DeepReadonly<Node>[],
  pods: readonly DeepReadonly<Pod>[],
): readonly NodeUse[] {
  const byNode = new Map<string, DeepReadonly<Pod>[]>();
  for (const pod of pods) {
    const phase = pod.status?.phase;
    const name = pod.spec?.nodeName;
    if (!name || phase === 'Succeeded' || phase === 'Failed') continue;
    const list = byNode.get(name);
    if (list) list.push(pod);
    else byNode.set(name, [pod]);
  }
  return nodes
    .map((node) => {
      const name = node.metadata?.name ?? '';
      const own = byNode.get(name) ?? [];
      const allocatable = node.status?.allocatable ?? {};
      return {
        name,
        ready: isReady(node),
        cordoned: node.spec?.unschedulable === true,
        pods: own.length,
        podCapacity: amount(allocatable.pods),
        cpuRequested: sum(own, (pod) => podRequest(pod, 'cpu')),
        cpuAllocatable: amount(allocatable.cpu),
        memoryRequested: sum(own, (pod) => podRequest(pod, 'memory')),
        memoryAllocatable: amount(allocatable.memory),
      };
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

export function isReady(node: DeepReadonly<Node>): boolean {
  return (
    node.status?.conditions?.some(
      (condition) => condition.type === 'Ready' && condition.status === 'True',
    ) === true
  );
}

/** What the scheduler counts: the sum over containers, or the largest init container if that is more. */
export function podRequest(pod: DeepReadonly<Pod>, resource: 'cpu' | 'memory'): number {
  const of = (container: { readonly resources?: { readonly requests?: Readonly<Record<string, string>> } }) =>
    amount(container.resources?.requests?.[resource]);
  const running = sum(pod.spec?.containers ?? [], of);
  const starting = Math.max(0, ...(pod.spec?.initContainers ?? []).map(of));
  return Math.max(running, starting);
}

export type PodPhase = 'Running' | 'Pending' | 'Succeeded' | 'Failed' | 'Unknown';

export function podsByPhase(pods: readonly DeepReadonly<Pod>[]): ReadonlyMap<PodPhase, number> {
  const counts = new Map<PodPhase, number>();
  for (const pod of pods) {
    const phase = (pod.status?.phase ?? 'Unknown') as PodPhase;
    counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  return counts;
}

/** Names of the nodes that run in containers, whose kubelets tell what they use. */
export function realNodes(nodes: readonly DeepReadonly<Node>[]): readonly string[] {
  return nodes
    .filter((node) => node.metadata?.labels?.[hollowNodeLabel] === undefined)
    .map((node) => node.metadata?.name ?? '');
}

/** The sum of what is known; undefined when nothing is. */
export function sumOf<T>(items: readonly T[], of: (item: T) => number | undefined): number | undefined {
  const known = items.map(of).filter((value) => value !== undefined);
  return known.length === 0 ? undefined : sum(known, (value) => value);
}

function amount(quantity: string | undefined): number {
  return quantity === undefined ? 0 : quantityToNumber(quantity);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
