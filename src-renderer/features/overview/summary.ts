import { podHealth } from '@shared/kinds/core/pod/pod-health.ts';
import { podPhaseText } from '@shared/kinds/core/pod/pod-status.ts';
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

/** The STATUS column of `kubectl get pods`, in six words. */
export type PodState = 'running' | 'pending' | 'failing' | 'completed' | 'terminating' | 'unknown';

/** How many pods are in each state. A pod whose container crashes is failing, though its phase is Running. */
export function podsByState(pods: readonly DeepReadonly<Pod>[]): ReadonlyMap<PodState, number> {
  const counts = new Map<PodState, number>();
  for (const pod of pods) {
    const state = podState(pod);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

function podState(pod: DeepReadonly<Pod>): PodState {
  if (podHealth(pod).level === 'error') return 'failing';
  switch (podPhaseText(pod)) {
    case 'Running':
      return 'running';
    case 'Completed':
    case 'Succeeded':
      return 'completed';
    case 'Terminating':
      return 'terminating';
    case 'Unknown':
    case 'NotReady':
    case '':
      return 'unknown';
    default: // Pending, ContainerCreating, PodInitializing, Init:0/1, SchedulingGated
      return 'pending';
  }
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
