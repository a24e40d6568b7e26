import { Client } from '@shared/client/client.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import { resourceSliceKind } from '@shared/kinds/resource/resource-slice/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';

let cluster: TestCluster;
const namespace = 'default';

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  for (const name of ['mine', 'other', 'env']) {
    await cluster.client.create(secretKind, { metadata: { name, namespace } });
    await cluster.client.create(configMapKind, { metadata: { name, namespace } });
  }
});

afterEach(() => cluster.close());

function node(name: string): Client {
  const user = { name: `system:node:${name}`, groups: ['system:nodes', 'system:authenticated'] };
  return new Client(cluster.server.localTransport(user));
}

async function runPod(name: string, nodeName: string, secretName: string): Promise<void> {
  const env = [{ name: 'E', valueFrom: { configMapKeyRef: { name: 'env', key: 'k' } } }];
  const volumes = [{ name: 'v', secret: { secretName } }];
  await cluster.client.create(podKind, {
    metadata: { name, namespace },
    spec: { nodeName, containers: [{ name: 'c', image: 'i', env }], volumes },
  });
}

async function outcome(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'allowed',
    (error: Error) => error.message,
  );
}

test('a node reads what its pods refer to, from when they are bound until they are gone', async () => {
  const read = (name: string, who = 'n1') => outcome(node(who).get(secretKind, { name, namespace }));
  expect(await read('mine')).toBe(
    'secrets "mine" is forbidden: User "system:node:n1" cannot get resource "secrets" in API group "" in the namespace "default": no relationship found between node \'n1\' and this object',
  );
  await runPod('a', 'n1', 'mine');
  await runPod('b', 'n1', 'mine');
  expect([await read('mine'), await read('mine', 'n2')]).toEqual([
    'allowed',
    expect.stringContaining("node 'n2'"),
  ]);
  expect(await read('other')).toContain('no relationship found');
  const watched = node('n1').list(secretKind, { namespace, fieldSelector: 'metadata.name=mine' });
  expect(await outcome(watched)).toBe('allowed');
  expect(await outcome(node('n1').list(secretKind, { namespace }))).toContain('No Object name found');
  expect(await outcome(node('n1').get(configMapKind, { name: 'env', namespace }))).toBe('allowed');
  for (const name of ['a', 'b']) {
    expect(await read('mine')).toBe('allowed');
    await cluster.client.delete(podKind, { name, namespace }, { gracePeriodSeconds: 0 });
  }
  expect(await read('mine')).toContain('no relationship found');
});

test('a node sees its own pods and none else', async () => {
  await runPod('a', 'n1', 'mine');
  await runPod('b', 'n2', 'mine');
  const own = node('n1');
  expect(await outcome(own.list(podKind, { fieldSelector: 'spec.nodeName=n1' }))).toBe('allowed');
  expect(await outcome(own.list(podKind, { fieldSelector: 'spec.nodeName=n2' }))).toContain(
    'can only list/watch pods with spec.nodeName field selector',
  );
  expect(await outcome(own.list(podKind))).toContain('is forbidden');
  expect(await outcome(own.get(podKind, { name: 'a', namespace }))).toBe('allowed');
  expect(await outcome(own.get(podKind, { name: 'b', namespace }))).toContain('no relationship found');
});

test('a node changes its own Node, apart from taints and what others rely on', async () => {
  const own = node('n1');
  await own.create(nodeKind, {
    metadata: { name: 'n1', labels: { 'kubernetes.io/hostname': 'n1', mine: 'x' } },
  });
  const patch = (body: object) => outcome(own.patch(nodeKind, { name: 'n1' }, { type: 'merge', body }));
  const label = (name: string) => patch({ metadata: { labels: { [name]: 'x' } } });
  expect(await outcome(own.create(nodeKind, { metadata: { name: 'n2' } }))).toContain(
    'node "n1" is not allowed to modify node "n2"',
  );
  expect(await label('topology.kubernetes.io/zone')).toBe('allowed');
  expect(await label('node-restriction.kubernetes.io/secure')).toContain(
    'is not allowed to modify labels: node-restriction.kubernetes.io/secure',
  );
  expect(await patch({ spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } })).toContain(
    'node "n1" is not allowed to modify taints',
  );
  expect(
    await outcome(
      own.create(podKind, {
        metadata: { name: 'p', namespace },
        spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] },
      }),
    ),
  ).toContain(
    'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
  );
});

test("a node publishes its own devices and sees no other node's", async () => {
  const slice = (name: string, nodeName: string) => ({
    metadata: { name },
    spec: { driver: 'd.example.com', nodeName, pool: { name, generation: 1, resourceSliceCount: 1 } },
  });
  const n1 = node('n1');
  expect(await outcome(n1.create(resourceSliceKind, slice('a', 'n1')))).toBe('allowed');
  await cluster.client.create(resourceSliceKind, slice('b', 'n2'));
  const results = {
    own: await outcome(n1.get(resourceSliceKind, { name: 'a' })),
    foreign: await outcome(n1.get(resourceSliceKind, { name: 'b' })),
    all: await outcome(n1.list(resourceSliceKind)),
    ofNode: await outcome(n1.list(resourceSliceKind, { fieldSelector: 'spec.nodeName=n1' })),
  };
  expect(results).toEqual({
    own: 'allowed',
    foreign: expect.stringContaining('no relationship found'),
    all: expect.stringContaining('can only list/watch/deletecollection resourceslices with nodeName'),
    ofNode: 'allowed',
  });
});
