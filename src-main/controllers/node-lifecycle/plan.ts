import type { Node, NodeCondition, Taint } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

type ReadonlyNode = DeepReadonly<Node>;
type ReadonlyCondition = DeepReadonly<NodeCondition>;

/** A node that has not renewed its lease for this long is taken for unreachable. */
const gracePeriodMs = 40_000;
/** A node that never posted a status gets this long. */
const startupGracePeriodMs = 60_000;

const taintKeys = {
  notReady: 'node.kubernetes.io/not-ready',
  unreachable: 'node.kubernetes.io/unreachable',
  memoryPressure: 'node.kubernetes.io/memory-pressure',
  diskPressure: 'node.kubernetes.io/disk-pressure',
  pidPressure: 'node.kubernetes.io/pid-pressure',
  networkUnavailable: 'node.kubernetes.io/network-unavailable',
  unschedulable: 'node.kubernetes.io/unschedulable',
} as const;

const ownKeys: ReadonlySet<string> = new Set(Object.values(taintKeys));

export interface NodeState {
  readonly node: ReadonlyNode;
  /** How long its lease and its status have stood still, in milliseconds. */
  readonly silentMs: number;
  /** Some node of the cluster is ready; when none is, the fault may be ours and nothing is evicted. */
  readonly isAnyReady: boolean;
  readonly nowMs: number;
}

export interface NodePlan {
  /** New conditions; undefined when they stay. */
  readonly conditions?: readonly ReadonlyCondition[];
  /** New `spec.taints`; undefined when they stay. */
  readonly taints?: readonly DeepReadonly<Taint>[];
  /** The node was ready until now. */
  readonly becameNotReady: boolean;
  /** Its pods cannot be reached and must not get traffic. */
  readonly arePodsUnready: boolean;
}

/** What the node's silence or its own words mean for its conditions and taints. */
export function planNode(state: NodeState): NodePlan {
  const { node } = state;
  const present = node.status?.conditions ?? [];
  const conditions = isSilent(state) ? silencedConditions(state) : present;
  const wasReady = statusOf(present, 'Ready') === 'True';
  const ready = statusOf(conditions, 'Ready');
  const taints = desiredTaints(state, conditions);
  return {
    ...(conditions !== present && { conditions }),
    ...(!sameTaints(taints, node.spec?.taints ?? []) && { taints }),
    becameNotReady: wasReady && ready !== 'True',
    arePodsUnready: ready !== 'True' && ready !== undefined,
  };
}

function isSilent({ node, silentMs }: NodeState): boolean {
  const hasSpoken = (node.status?.conditions ?? []).some(({ type }) => type === 'Ready');
  return silentMs > (hasSpoken ? gracePeriodMs : startupGracePeriodMs);
}

const reported = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The same array when every reported condition is Unknown already. */
function silencedConditions({ node, nowMs }: NodeState): readonly ReadonlyCondition[] {
  const present = node.status?.conditions ?? [];
  if (reported.every((type) => statusOf(present, type) === 'Unknown')) return present;
  const now = rfc3339(nowMs);
  const silenced = reported.map((type): ReadonlyCondition => {
    const known = present.find((condition) => condition.type === type);
    if (known?.status === 'Unknown') return known;
    const words = known
      ? { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' }
      : { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' };
    const lastHeartbeatTime = known?.lastHeartbeatTime ?? node.metadata?.creationTimestamp ?? now;
    return { type, status: 'Unknown', lastHeartbeatTime, lastTransitionTime: now, ...words };
  });
  return [...present.filter(({ type }) => !reported.includes(type)), ...silenced];
}

/** Others' taints, then ours as the conditions ask; a taint that stays keeps the time it was added. */
function desiredTaints(
  state: NodeState,
  conditions: readonly ReadonlyCondition[],
): readonly DeepReadonly<Taint>[] {
  const { node, isAnyReady, nowMs } = state;
  const present = node.spec?.taints ?? [];
  const ready = statusOf(conditions, 'Ready');
  const unreadyKey =
    ready === 'Unknown'
      ? taintKeys.unreachable
      : ready === 'False' || ready === undefined
        ? taintKeys.notReady
        : undefined;
  const isTrue = (type: string) => statusOf(conditions, type) === 'True';
  const keys = [
    unreadyKey,
    isTrue('MemoryPressure') && taintKeys.memoryPressure,
    isTrue('DiskPressure') && taintKeys.diskPressure,
    isTrue('PIDPressure') && taintKeys.pidPressure,
    isTrue('NetworkUnavailable') && taintKeys.networkUnavailable,
    node.spec?.unschedulable === true && taintKeys.unschedulable,
  ].filter((key) => typeof key === 'string');
  const wanted: Taint[] = keys.map((key) => ({ key, effect: 'NoSchedule' }));
  const alreadyEvicts = present.some(({ key, effect }) => key === unreadyKey && effect === 'NoExecute');
  if (unreadyKey !== undefined && ready !== undefined && (isAnyReady || alreadyEvicts)) {
    wanted.push({ key: unreadyKey, effect: 'NoExecute' });
  }
  const ours = wanted.map((taint) => {
    const known = present.find(({ key, effect }) => key === taint.key && effect === taint.effect);
    return known ?? { ...taint, timeAdded: rfc3339(nowMs) };
  });
  return [...present.filter(({ key }) => !ownKeys.has(key)), ...ours];
}

function sameTaints(a: readonly DeepReadonly<Taint>[], b: readonly DeepReadonly<Taint>[]): boolean {
  const text = (taints: readonly DeepReadonly<Taint>[]) =>
    taints.map((taint) => `${taint.key}:${taint.effect}`).sort();
  return jsonEqual(text(a), text(b));
}

function statusOf(conditions: readonly ReadonlyCondition[], type: string): string | undefined {
  return conditions.find((condition) => condition.type === type)?.status;
}
