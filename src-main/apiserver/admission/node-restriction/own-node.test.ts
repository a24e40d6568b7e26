import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { asNode, namespace, outcome, podOn } from './nodes.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const register = (labels: Record<string, string>) =>
  outcome(asNode(cluster, 'n1').create(nodeKind, { metadata: { name: 'n1', labels } }));

test('a node registers with labels of its own and those kubelets set, and no others of Kubernetes', async () => {
  const refused = (label: string) =>
    expect.stringContaining(`node "n1" is not allowed to set the following labels: ${label}`);
  const alone = (label: string) => register({ [label]: 'x' });
  expect({
    restricted: await alone('node-restriction.kubernetes.io/secure'),
    withinRestricted: await alone('example.node-restriction.kubernetes.io/secure'),
    role: await alone('node-role.kubernetes.io/control-plane'),
    unknown: await alone('something.k8s.io/x'),
  }).toEqual({
    restricted: refused('node-restriction.kubernetes.io/secure'),
    withinRestricted: refused('example.node-restriction.kubernetes.io/secure'),
    role: refused('node-role.kubernetes.io/control-plane'),
    unknown: refused('something.k8s.io/x'),
  });
  expect(
    await register({
      'kubernetes.io/hostname': 'n1',
      'topology.kubernetes.io/zone': 'z',
      'node.kubernetes.io/instance-type': 'large',
      'kubelet.kubernetes.io/anything': 'x',
      'node.kubernetes.io/anything': 'x',
      'example.com/anything': 'x',
      plain: 'x',
    }),
  ).toBe('allowed');
});

test('a node does not change or remove labels that others rely on, nor its owners', async () => {
  await register({ plain: 'x' });
  const labels = { 'node-role.kubernetes.io/worker': '' };
  const change = (by: typeof cluster.client, metadata: object) =>
    outcome(by.patch(nodeKind, { name: 'n1' }, { type: 'merge', body: { metadata } }));
  await change(cluster.client, { labels });
  const node = asNode(cluster, 'n1');
  expect(await change(node, { labels: { 'node-role.kubernetes.io/worker': null } })).toContain(
    'is not allowed to modify labels: node-role.kubernetes.io/worker',
  );
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u' };
  expect(await change(node, { ownerReferences: [owner] })).toContain(
    'node "n1" is not allowed to modify ownerReferences',
  );
  expect(await change(node, { labels: { plain: 'y' } })).toBe('allowed');
});

test('of a claim a node changes the capacity and the conditions alone', async () => {
  const ref = { namespace, name: 'claim' };
  await cluster.client.create(persistentVolumeClaimKind, {
    metadata: ref,
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  await podOn(cluster, {
    name: 'p',
    nodeName: 'n1',
    spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'claim' } }] },
  });
  const patch = (body: object) =>
    outcome(
      asNode(cluster, 'n1').patch(
        persistentVolumeClaimKind,
        ref,
        { type: 'merge', body },
        { subresource: 'status' },
      ),
    );
  const refused = expect.stringContaining('is not allowed to update fields other than status.capacity');
  const conditions = [{ type: 'FileSystemResizePending', status: 'True' }];
  expect({
    capacity: await patch({ status: { capacity: { storage: '2Gi' }, conditions } }),
    allocated: await patch({ status: { allocatedResources: { storage: '2Gi' } } }),
    phase: await patch({ status: { phase: 'Bound' } }),
    labels: await patch({ metadata: { labels: { a: 'b' } } }),
    annotations: await patch({ metadata: { annotations: { a: 'b' } } }),
  }).toEqual({
    capacity: 'allowed',
    allocated: 'allowed',
    phase: refused,
    labels: refused,
    annotations: refused,
  });
});
