import { eventKind } from '@shared/kinds/core/event/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Node, Pod } from '@shared/kinds/wire.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { eventually } from '../testing/world.ts';
import { Explanations } from './explanation.ts';
import { runScheduler } from './scheduler.ts';

let cluster: TestCluster;
let ended: AbortController;
let running: Promise<void>;
const explanations = new Explanations();

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  ended = new AbortController();
  running = runScheduler(
    { client: cluster.client, clock: systemClock, explanations, log: () => undefined },
    ended.signal,
  );
});
afterEach(async () => {
  ended.abort();
  await running;
  await cluster.close();
});

const node = (name: string, cpu: string): Node => ({
  metadata: { name },
  status: { allocatable: { cpu, memory: '4Gi', pods: '110' }, capacity: { cpu, memory: '4Gi', pods: '110' } },
});
const pod = (name: string, cpu: string): Pod => ({
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'main', image: 'a', resources: { requests: { cpu } } }] },
});
const bound = (count: number) =>
  eventually(cluster.client, podKind, {
    until: (all) => all.filter(({ spec }) => spec?.nodeName).length === count,
  });

test('room is never given away twice, however many pods come at once', async () => {
  await cluster.client.create(nodeKind, node('a', '1'));
  await cluster.client.create(nodeKind, node('b', '1'));
  await Promise.all(
    Array.from({ length: 12 }, (_, index) => cluster.client.create(podKind, pod(`p-${index}`, '250m'))),
  );
  await bound(8);
  const { items } = await cluster.client.list(podKind, { namespace: 'default' });
  const on = (name: string) => items.filter(({ spec }) => spec?.nodeName === name).length;
  expect([on('a'), on('b')]).toEqual([4, 4]);
});

test('a pod that fits nowhere says so in its condition and an event, and is bound once a node comes', async () => {
  await cluster.client.create(nodeKind, node('small', '1'));
  await cluster.client.create(podKind, pod('big', '3'));
  await eventually(cluster.client, podKind, {
    until: (all) =>
      all[0]?.status?.conditions?.some(
        ({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable',
      ),
  });
  await eventually(cluster.client, eventKind, {
    until: (all) =>
      all.some(
        ({ reason, message }) =>
          reason === 'FailedScheduling' && message === '0/1 nodes are available: 1 Insufficient cpu.',
      ),
  });
  expect(explanations.get('default', 'big')?.nodes).toMatchObject([
    { node: 'small', passed: false, rejectedBy: 'NodeResourcesFit' },
  ]);
  await cluster.client.create(nodeKind, node('large', '8'));
  await bound(1);
  expect(explanations.get('default', 'big')?.chosenNode).toBe('large');
  await eventually(cluster.client, eventKind, {
    until: (all) => all.some(({ message }) => message === 'Successfully assigned default/big to large'),
  });
});
