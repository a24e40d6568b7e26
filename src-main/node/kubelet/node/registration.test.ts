import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import type { Node } from '@shared/kinds/wire.ts';
import type { NodeAgentConfig } from '@shared/rpc/cluster-config.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { FakeRuntime } from '../../../testing/fake-runtime.ts';
import { createManualClock, type ManualClock } from '../../../testing/manual-clock.ts';
import { readMachine } from './machine.ts';
import { runRegistration } from './registration.ts';

const config: NodeAgentConfig = {
  version: 1,
  nodeName: 'node-1',
  nodeIp: '172.30.1.11',
  apiServer: 'https://172.30.1.1:6443',
  podCidr: '10.244.1.0/24',
  network: {
    dockerNetwork: 'slipway-test',
    nodeSubnet: '172.30.1.0/24',
    gateway: '172.30.1.1',
    podCidr: '10.244.0.0/16',
    serviceCidr: '10.96.0.0/16',
    clusterDomain: 'cluster.local',
  },
  kubeletEndpoint: '127.0.0.1:40000',
  size: {},
};

let cluster: TestCluster;
let clock: ManualClock;
let abort: AbortController;
let done: Promise<void>;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  clock = createManualClock();
  abort = new AbortController();
  const runtime = new FakeRuntime({ clock });
  const facts = await readMachine(config, runtime);
  done = runRegistration(
    { client: cluster.client, clock, runtime, config, facts, log: () => undefined },
    abort.signal,
  );
});

afterEach(async () => {
  abort.abort();
  await done;
  await cluster.close();
});

const readiness = async () =>
  (
    await cluster.client.get<Node>(nodeKind, { name: 'node-1' }).catch(() => undefined)
  )?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;

/** Lets seconds pass, fewer than a minute, until the node is Ready. */
const becomesReady = () =>
  expect
    .poll(
      () => {
        clock.advance(1000);
        return readiness();
      },
      { timeout: 3000, interval: 60 },
    )
    .toBe('True');

test('a node that was declared lost while it was away is Ready again within seconds', async () => {
  await becomesReady();
  const body = {
    status: { conditions: [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }] },
  };
  await cluster.client.patch(
    nodeKind,
    { name: 'node-1' },
    { type: 'merge', body },
    { subresource: 'status' },
  );
  expect(await readiness()).toBe('Unknown');
  await becomesReady();
});

test('a Node that somebody deleted comes back', async () => {
  await becomesReady();
  await cluster.client.delete(nodeKind, { name: 'node-1' }, {});
  await becomesReady();
});

test('what others say that the node has may be had by pods, until they take it away', async () => {
  await becomesReady();
  const allocatable = async () =>
    (await cluster.client.get<Node>(nodeKind, { name: 'node-1' })).status?.allocatable ?? {};
  const usual = await allocatable();
  const dongles = (amount: string | null) =>
    cluster.client.patch(
      nodeKind,
      { name: 'node-1' },
      { type: 'merge', body: { status: { capacity: { 'example.com/dongle': amount } } } },
      { subresource: 'status' },
    );
  const becomes = (wanted: Record<string, string>) =>
    expect
      .poll(
        () => {
          clock.advance(10_000);
          return allocatable();
        },
        { timeout: 3000, interval: 60 },
      )
      .toEqual(wanted);
  await dongles('4');
  await becomes({ ...usual, 'example.com/dongle': '4' });
  await dongles(null);
  await becomes(usual);
});
