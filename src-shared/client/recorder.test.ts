import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../src-main/testing/cluster.ts';
import { createManualClock, type ManualClock } from '../../src-main/testing/manual-clock.ts';
import { eventually } from '../../src-main/testing/world.ts';
import { eventKind } from '../kinds/core/event/kind.ts';
import type { Event } from '../kinds/wire.ts';
import type { DeepReadonly } from '../lib/types.ts';
import { Client } from './client.ts';
import { createEventRecorder, type RunningEventRecorder } from './recorder.ts';

let cluster: TestCluster;
let clock: ManualClock;
let recorder: RunningEventRecorder;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  clock = createManualClock(Date.parse('2026-01-01T00:00:00Z'));
  start(cluster.client);
});
afterEach(async () => {
  stop.abort();
  await running;
  await cluster.close();
});

function start(client: Client): void {
  stop = new AbortController();
  recorder = createEventRecorder({ client, component: 'kubelet', host: 'node-1', clock });
  running = recorder.run(stop.signal);
}

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default', uid: 'u1' } };
const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1', uid: 'n1' } };

const events = (until: (all: readonly DeepReadonly<Event>[]) => unknown) =>
  eventually(cluster.client, eventKind, { until: (all) => (until(all) ? all : undefined) });

test('writes an event that says what, about whom, by whom and when', async () => {
  recorder.event(pod, 'Warning', 'Unhealthy', 'Readiness probe failed', 'spec.containers{web}');
  const [event] = await events((all) => all.length === 1);
  expect(event).toMatchObject({
    metadata: { namespace: 'default' },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: 'default',
      name: 'web',
      uid: 'u1',
      fieldPath: 'spec.containers{web}',
    },
    type: 'Warning',
    reason: 'Unhealthy',
    message: 'Readiness probe failed',
    source: { component: 'kubelet', host: 'node-1' },
    count: 1,
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
  });
  expect(event?.metadata?.name).toMatch(/^web\.[0-9a-f]+$/);
});

test('the same event again raises the count and moves the last time', async () => {
  recorder.event(pod, 'Normal', 'Pulled', 'Image pulled');
  await events((all) => all.length === 1);
  clock.advance(60_000);
  recorder.event(pod, 'Normal', 'Pulled', 'Image pulled');
  const all = await events((found) => found[0]?.count === 2);
  expect(
    all.map(({ count, firstTimestamp, lastTimestamp }) => [count, firstTimestamp, lastTimestamp]),
  ).toEqual([[2, '2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z']]);
});

test('after ten quiet minutes the same event begins anew', async () => {
  recorder.event(pod, 'Normal', 'Pulled', 'Image pulled');
  await events((all) => all.length === 1);
  clock.advance(601_000);
  recorder.event(pod, 'Normal', 'Pulled', 'Image pulled');
  const all = await events((found) => found.length === 2);
  expect(all.map(({ count }) => count)).toEqual([1, 1]);
});

test('an event that was removed meanwhile is written anew', async () => {
  recorder.event(pod, 'Normal', 'Pulled', 'Image pulled');
  const [first] = await events((all) => all.length === 1);
  await cluster.client.delete(eventKind, { namespace: 'default', name: first?.metadata?.name ?? '' });
  recorder.event(pod, 'Normal', 'Pulled', 'Image pulled');
  await events((all) => all[0]?.count === 2);
});

test('events of cluster-scoped objects go to the namespace default', async () => {
  recorder.event(node, 'Normal', 'Starting', '');
  const [event] = await events((all) => all.length === 1);
  expect([event?.metadata?.namespace, event?.involvedObject.namespace]).toEqual(['default', undefined]);
});

test('ever new messages for one reason become one event', async () => {
  for (let n = 1; n <= 14; n += 1) recorder.event(pod, 'Normal', 'Created', `Created ${n}`);
  const all = await events((found) => found.reduce((sum, { count = 0 }) => sum + count, 0) === 14);
  const combined = all.filter(({ message }) => message?.startsWith('(combined from similar events): '));
  expect([all.length, combined.map(({ message, count }) => `${message} x${count}`)]).toEqual([
    11,
    ['(combined from similar events): Created 14 x4'],
  ]);
});

test('an object that floods is cut off after 25 events and heard again later', async () => {
  for (let n = 0; n < 40; n += 1) recorder.event(pod, 'Normal', 'Again', 'the same');
  await events((all) => all[0]?.count === 25);
  clock.advance(5 * 60_000);
  recorder.event(pod, 'Normal', 'Again', 'the same');
  await events((all) => all[0]?.count === 26);
});

test('what is left when it stops is still written', async () => {
  recorder.event(pod, 'Normal', 'Killing', 'Stopping container');
  stop.abort();
  await running;
  expect((await cluster.client.list(eventKind)).items).toHaveLength(1);
});

test('a refused event is dropped and the next one goes through', async () => {
  const stranger = { ...pod, metadata: { ...pod.metadata, namespace: 'no-such-namespace' } };
  recorder.event(stranger, 'Normal', 'Lost', 'nowhere to go');
  recorder.event(pod, 'Normal', 'Kept', 'here');
  const all = await events((found) => found.length === 1);
  expect(all[0]?.reason).toBe('Kept');
});

test('a broken connection is retried', async () => {
  stop.abort();
  await running;
  const { transport } = cluster.client;
  let failures = 2;
  start(
    new Client({
      ...transport,
      async request(request) {
        if (request.method === 'POST' && failures-- > 0) {
          setImmediate(() => clock.advance(60_000));
          throw new Error('connection reset');
        }
        return transport.request(request);
      },
    }),
  );
  recorder.event(pod, 'Normal', 'Pulled', 'Image pulled');
  await events((all) => all.length === 1);
});
