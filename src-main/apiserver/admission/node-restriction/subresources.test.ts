import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { clusterRoleBindingKind } from '@shared/kinds/rbac/cluster-role-binding/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { asNode, namespace, outcome, podOn } from './nodes.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  await cluster.client.create(clusterRoleBindingKind, {
    metadata: { name: 'nodes-are-administrators' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:nodes' }],
  });
});

afterEach(() => cluster.close());

test('whatever roles a node has, of pods it changes the status and evicts them', async () => {
  await podOn(cluster, { name: 'mine', nodeName: 'n1' });
  await cluster.client.create(podKind, {
    metadata: { name: 'free', namespace },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  const node = asNode(cluster, 'n1');
  const target = { kind: 'Node', name: 'n1' };
  const ephemeralContainers = [{ name: 'debug', image: 'i' }];
  const refused = (subresource: string) =>
    `is forbidden: unexpected pod subresource "${subresource}", only 'status' and 'eviction' are allowed`;
  expect(await outcome(node.post(podKind, { namespace, name: 'free' }, 'binding', { target }))).toContain(
    refused('binding'),
  );
  expect(
    await outcome(
      node.patch(
        podKind,
        { namespace, name: 'mine' },
        { type: 'merge', body: { spec: { ephemeralContainers } } },
        { subresource: 'ephemeralcontainers' },
      ),
    ),
  ).toContain(refused('ephemeralcontainers'));
});
