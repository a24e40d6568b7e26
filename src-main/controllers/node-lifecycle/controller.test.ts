import { setTimeout as delay } from 'node:timers/promises';
import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { eventKind } from '@shared/kinds/core/event/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { rfc3339Micro } from '@shared/lib/time.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../../testing/manual-clock.ts';
import { eventually, startWorld, type World } from '../../testing/world.ts';
import { podGc } from '../pod-gc/controller.ts';
import { taintEvictionController } from '../taint-eviction/controller.ts';
import { nodeLifecycleController } from './controller.ts';

let world: World;
let clock: ManualClock;
beforeEach(async () => {
  clock = createManualClock();
  world = await startWorld({
    clock,
    controllers: [nodeLifecycleController(), taintEvictionController, podGc],
  });
  for (const name of ['alive', 'dead']) await register(name);
});
afterEach(() => world.close());

const leases = 'kube-node-lease';

async function register(name: string): Promise<void> {
  const { client } = world;
  await client.create(nodeKind, { metadata: { name } });
  const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }];
  await client.patch(
    nodeKind,
    { name },
    { type: 'merge', body: { status: { conditions } } },
    { subresource: 'status' },
  );
  await client.create(leaseKind, {
    metadata: { name, namespace: leases },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: rfc3339Micro(clock.now()) },
  });
  await eventually(client, nodeKind, {
    until: (nodes) => nodes.some(({ metadata, spec }) => metadata?.name === name && !spec?.taints?.length),
  });
}

async function createPod(name: string, nodeName: string, tolerationSeconds?: number): Promise<void> {
  const toleration = { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' };
  const tolerations = tolerationSeconds === undefined ? [] : [{ ...toleration, tolerationSeconds }];
  const containers = [{ name: 'c', image: 'i' }];
  const metadata = { name, namespace: 'default' };
  const pod = await world.client.create(podKind, { metadata, spec: { nodeName, containers, tolerations } });
  const conditions = [{ type: 'Ready', status: 'True' }];
  await world.client.updateStatus(podKind, {
    ...pod,
    status: { ...pod.status, phase: 'Running', conditions },
  });
}

/** Lets time pass in the steps of the monitor, `alive` renewing its lease at each. */
async function pass(seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 5) {
    const before = counters().reconciles;
    clock.advance(5000);
    await reconciled(before + 1);
    const settled = counters().reconciles;
    const ref = { namespace: leases, name: 'alive' };
    const body = { spec: { renewTime: rfc3339Micro(clock.now()) } };
    await world.client.patch(leaseKind, ref, { type: 'merge', body });
    await reconciled(settled + 1);
  }
}

const counters = () => world.metrics.of('node-lifecycle');

/** Until the controller has nothing left to do; what never settles runs into the test's time-out. */
async function reconciled(count: number): Promise<void> {
  const isSettled = () => {
    const { reconciles, active, queueDepth } = counters();
    return reconciles >= count && active === 0 && queueDepth === 0;
  };
  while (!isSettled()) await delay(1);
}

const readyOf = (status: { conditions?: readonly { type: string; status: string }[] } | undefined) =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.status;

test('a node that stops renewing its lease becomes unknown and its pods leave their services', async () => {
  await createPod('p', 'dead', 300);
  await pass(30);
  const quiet = await world.client.get(nodeKind, { name: 'dead' });
  expect(readyOf(quiet.status)).toBe('True');
  await pass(20);
  const dead = await eventually(world.client, nodeKind, {
    until: (nodes) =>
      nodes.find(({ metadata, spec }) => metadata?.name === 'dead' && spec?.taints?.length === 2),
  });
  expect(readyOf(dead.status)).toBe('Unknown');
  expect(dead.spec?.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ]);
  await eventually(world.client, podKind, { until: ([pod]) => readyOf(pod?.status) === 'False' });
  const alive = await world.client.get(nodeKind, { name: 'alive' });
  expect([readyOf(alive.status), alive.spec?.taints]).toEqual(['True', undefined]);
  await eventually(world.client, eventKind, {
    until: (events) =>
      events.some(
        ({ reason, message }) =>
          reason === 'NodeNotReady' && message === 'Node dead status is now: NodeNotReady',
      ),
  });
});

test('evicts what does not tolerate the taint at once, and the rest when its time is up', async () => {
  await createPod('impatient', 'dead', 0);
  await createPod('patient', 'dead', 60);
  await createPod('elsewhere', 'alive');
  await pass(50);
  const deleting = (name: string) =>
    eventually(world.client, podKind, {
      until: (pods) => {
        const pod = pods.find(({ metadata }) => metadata?.name === name);
        return pod?.metadata?.deletionTimestamp !== undefined && pod;
      },
    });
  const evicted = await deleting('impatient');
  expect(evicted.status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }),
  );
  const patient = await world.client.get(podKind, { namespace: 'default', name: 'patient' });
  expect(patient.metadata?.deletionTimestamp).toBeUndefined();
  await pass(65);
  await deleting('patient');
  const elsewhere = await world.client.get(podKind, { namespace: 'default', name: 'elsewhere' });
  expect(elsewhere.metadata?.deletionTimestamp).toBeUndefined();
});

test('a node that comes back loses the taints', async () => {
  await pass(50);
  await eventually(world.client, nodeKind, {
    until: (nodes) => nodes.some(({ spec }) => spec?.taints?.length === 2),
  });
  const node = await world.client.get(nodeKind, { name: 'dead' });
  const conditions = (node.status?.conditions ?? []).map((condition) =>
    condition.type === 'Ready' ? { ...condition, status: 'True' } : condition,
  );
  await world.client.updateStatus(nodeKind, { ...node, status: { ...node.status, conditions } });
  await eventually(world.client, nodeKind, {
    until: (nodes) => nodes.every(({ spec }) => !spec?.taints?.length),
  });
});

test('pods of a node that was deleted are removed after the quarantine', async () => {
  await createPod('p', 'dead');
  await createPod('q', 'alive');
  await world.client.delete(nodeKind, { name: 'dead' });
  await eventually(world.client, nodeKind, { until: (nodes) => nodes.length === 1 });
  const gone = eventually(world.client, podKind, { until: (pods) => pods.length === 1 && pods });
  await pass(30);
  expect((await gone).map(({ metadata }) => metadata?.name)).toEqual(['q']);
});
