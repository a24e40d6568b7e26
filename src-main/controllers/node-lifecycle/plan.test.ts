import type { Node, Taint } from '@shared/kinds/wire.ts';
import { expect, test } from 'vitest';
import { Heartbeats } from './heartbeats.ts';
import { planNode } from './plan.ts';

const nowMs = Date.parse('2026-01-01T12:00:00Z');
const now = '2026-01-01T12:00:00Z';
const earlier = '2026-01-01T11:00:00Z';

function node(ready: 'True' | 'False' | 'Unknown' | undefined, taints: Taint[] = []): Node {
  const condition = {
    type: 'Ready',
    status: ready ?? '',
    lastHeartbeatTime: earlier,
    lastTransitionTime: earlier,
  };
  return {
    metadata: { name: 'a', uid: 'a', creationTimestamp: earlier },
    spec: { taints },
    status: { conditions: ready ? [condition] : [] },
  };
}

const look = (given: Node, silentMs: number, isAnyReady = true) =>
  planNode({ node: given, silentMs, isAnyReady, nowMs });
const keys = (taints: readonly { key: string; effect: string }[] | undefined) =>
  taints?.map(({ key, effect }) => `${key}:${effect}`);

test('leaves a ready node that renews its lease alone', () => {
  expect(look(node('True'), 39_000)).toEqual({ becameNotReady: false, arePodsUnready: false });
});

test('declares a node unknown after 40 s of silence and taints it', () => {
  const plan = look(node('True'), 40_001);
  expect(plan.conditions?.find(({ type }) => type === 'Ready')).toEqual({
    type: 'Ready',
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastHeartbeatTime: earlier,
    lastTransitionTime: now,
  });
  expect(plan.taints).toEqual([
    { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule', timeAdded: now },
    { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: now },
  ]);
  expect(plan).toMatchObject({ becameNotReady: true, arePodsUnready: true });
});

test('a node that never spoke gets 60 s, and a condition that says so', () => {
  expect(look(node(undefined), 59_000).conditions).toBeUndefined();
  const plan = look(node(undefined), 61_000);
  expect(plan.conditions?.map(({ reason }) => reason)).toEqual(Array(4).fill('NodeStatusNeverUpdated'));
});

test('a new node without a word is not scheduled to, but not evicted from', () => {
  expect(keys(look(node(undefined), 0).taints)).toEqual(['node.kubernetes.io/not-ready:NoSchedule']);
});

test('a node that says it is not ready is tainted as such', () => {
  const plan = look(node('False'), 0);
  expect(keys(plan.taints)).toEqual([
    'node.kubernetes.io/not-ready:NoSchedule',
    'node.kubernetes.io/not-ready:NoExecute',
  ]);
  expect(plan).toMatchObject({ becameNotReady: false, arePodsUnready: true });
});

test('adds no eviction when no node is ready at all: the fault may be ours', () => {
  expect(keys(look(node('True'), 50_000, false).taints)).toEqual([
    'node.kubernetes.io/unreachable:NoSchedule',
  ]);
});

test('removes its own taints and keeps others when the node is back', () => {
  const taints: Taint[] = [
    { key: 'mine', effect: 'NoSchedule' },
    { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule', timeAdded: earlier },
    { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: earlier },
  ];
  expect(look(node('True', taints), 0).taints).toEqual([{ key: 'mine', effect: 'NoSchedule' }]);
});

test('a taint that stays keeps the time it was added', () => {
  const taints: Taint[] = [
    { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule', timeAdded: earlier },
  ];
  expect(look(node('Unknown', taints), 0).taints?.[0]?.timeAdded).toBe(earlier);
});

test('cordoning and pressure show as taints', () => {
  const given = node('True');
  const conditions = [...(given.status?.conditions ?? []), { type: 'DiskPressure', status: 'True' }];
  const cordoned = { ...given, spec: { unschedulable: true }, status: { conditions } };
  expect(keys(look(cordoned, 0).taints)).toEqual([
    'node.kubernetes.io/disk-pressure:NoSchedule',
    'node.kubernetes.io/unschedulable:NoSchedule',
  ]);
});

const lease = (renewTime: string) => ({ spec: { renewTime } });

test('silence is measured from the last change seen, not from the times written', () => {
  const heartbeats = new Heartbeats(20_000);
  const given = node('True');
  expect(heartbeats.observe(given, lease('1999-01-01T00:00:00Z'), 0)).toBe(0);
  expect(heartbeats.observe(given, lease('1999-01-01T00:00:00Z'), 15_000)).toBe(15_000);
  expect(heartbeats.observe(given, lease('1999-01-01T00:00:10Z'), 20_000)).toBe(0);
});

test('the verdict we wrote ourselves is no sign of life', () => {
  const heartbeats = new Heartbeats(100_000);
  heartbeats.observe(node('True'), lease('x'), 0);
  expect(heartbeats.observe(node('Unknown'), lease('x'), 50_000)).toBe(50_000);
});

test('after a sleep of the machine every node gets its full grace again', () => {
  const heartbeats = new Heartbeats(20_000);
  heartbeats.observe(node('True'), lease('x'), 0);
  expect(heartbeats.observe(node('True'), lease('x'), 3_600_000)).toBe(0);
});
