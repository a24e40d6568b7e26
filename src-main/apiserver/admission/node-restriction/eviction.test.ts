import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { podDisruptionBudgetKind } from '@shared/kinds/policy/pod-disruption-budget/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { asNode, namespace, outcome, podOn } from './nodes.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const evict = (nodeName: string, name: string, body: object = {}) =>
  outcome(asNode(cluster, nodeName).post(podKind, { namespace, name }, 'eviction', body));

test('a node evicts the pods bound to itself and no others', async () => {
  await podOn(cluster, { name: 'mine', nodeName: 'n1' });
  await podOn(cluster, { name: 'foreign', nodeName: 'n2' });
  const refusal = 'pods "foreign" is forbidden: node n1 can only evict pods with spec.nodeName set to itself';
  expect(await evict('n1', 'foreign')).toBe(refusal);
  expect(await evict('n1', 'foreign', { deleteOptions: { dryRun: ['All'] } })).toBe(refusal);
  expect(await evict('n1', 'mine')).toBe('allowed');
  const { items } = await cluster.client.list(podKind, { namespace });
  expect(items.map(({ metadata }) => [metadata?.name, metadata?.deletionTimestamp !== undefined])).toEqual([
    ['foreign', false],
    ['mine', true],
  ]);
});

test("a refused eviction takes nothing from the pod's disruption budget", async () => {
  await podOn(cluster, { name: 'foreign', nodeName: 'n2' });
  const labels = { app: 'a' };
  await cluster.client.patch(
    podKind,
    { namespace, name: 'foreign' },
    { type: 'merge', body: { metadata: { labels } } },
  );
  const ref = { namespace, name: 'budget' };
  await cluster.client.create(podDisruptionBudgetKind, {
    metadata: ref,
    spec: { minAvailable: 0, selector: { matchLabels: labels } },
  });
  const status = {
    observedGeneration: 1,
    disruptionsAllowed: 1,
    currentHealthy: 1,
    desiredHealthy: 0,
    expectedPods: 1,
  };
  await cluster.client.patch(
    podDisruptionBudgetKind,
    ref,
    { type: 'merge', body: { status } },
    { subresource: 'status' },
  );
  expect(await evict('n1', 'foreign')).toContain('can only evict pods');
  const { status: after } = await cluster.client.get(podDisruptionBudgetKind, ref);
  expect(after).toMatchObject({ disruptionsAllowed: 1 });
  expect(after?.disruptedPods).toBeUndefined();
});
