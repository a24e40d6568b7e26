import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { bindValidating, refusal, rulesFor } from './policies.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  await cluster.client.create(namespaceKind, {
    metadata: { name: 'team', labels: { tier: 'gold' }, annotations: { note: 'x' } },
  });
});

afterEach(() => cluster.close());

const create = (name: string) =>
  cluster.client.create(configMapKind, { metadata: { namespace: 'team', name } });

test('expressions see what of its namespace matters to others', async () => {
  const expressions = [
    'namespaceObject.metadata.name == "team"',
    'namespaceObject.metadata.labels["tier"] == "gold" && !("other" in namespaceObject.metadata.labels)',
    'has(namespaceObject.metadata.annotations) && namespaceObject.metadata.annotations.note == "x"',
    'namespaceObject.?metadata.labels["none"].orValue("none") == "none"',
    '!has(namespaceObject.metadata.deletionTimestamp)',
    'namespaceObject.metadata.creationTimestamp < timestamp("2100-01-01T00:00:00Z")',
    'namespaceObject.spec.finalizers.exists(f, f == "kubernetes")',
    'namespaceObject.status.phase == "Active"',
    'namespaceObject != null',
  ];
  await bindValidating(cluster, 'p', { validations: expressions.map((expression) => ({ expression })) });
  expect((await create('a')).metadata?.name).toBe('a');
});

test('its conditions are told with their times', async () => {
  const team = await cluster.client.get(namespaceKind, { name: 'team' });
  const condition = { type: 'NamespaceContentRemaining', status: 'False', reason: 'r', message: 'm' };
  await cluster.client.updateStatus(namespaceKind, {
    ...team,
    status: { ...team.status, conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  });
  const expression =
    'namespaceObject.status.conditions.exists(c, c.type.startsWith("Namespace") && c.lastTransitionTime < timestamp("2026-01-02T00:00:00Z"))';
  await bindValidating(cluster, 'p', { validations: [{ expression }] });
  expect((await create('a')).metadata?.name).toBe('a');
});

test('what a namespace does not have, or is of another type, is refused with the policy', async () => {
  const problem = async (expression: string) => {
    const { message } = await refusal(bindValidating(cluster, 'bad', { validations: [{ expression }] }));
    return message;
  };
  expect([
    await problem('namespaceObject.metadata.nothing == "a"'),
    await problem('namespaceObject.metadata.managedFields.size() == 0'),
    await problem('namespaceObject.metadata.name == 1'),
    await problem('namespaceObject.data == "a"'),
  ]).toEqual([
    expect.stringContaining("undefined field 'nothing'"),
    expect.stringContaining("undefined field 'managedFields'"),
    expect.stringContaining('no such overload'),
    expect.stringContaining("undefined field 'data'"),
  ]);
});

test('of what has no namespace there is none', async () => {
  await bindValidating(cluster, 'p', {
    matchConstraints: rulesFor('namespaces'),
    validations: [{ expression: 'namespaceObject == null' }],
  });
  const made = await cluster.client.create(namespaceKind, { metadata: { name: 'other' } });
  expect(made.metadata?.name).toBe('other');
});

test('mutations and messages see it too', async () => {
  await bindValidating(cluster, 'p', {
    matchConstraints: rulesFor('serviceaccounts'),
    validations: [
      {
        expression: 'namespaceObject.metadata.labels["tier"] != "gold"',
        messageExpression: '"not in a " + namespaceObject.metadata.labels.tier + " namespace"',
      },
    ],
  });
  const { message } = await refusal(
    cluster.client.create(serviceAccountKind, { metadata: { namespace: 'team', name: 'x' } }),
  );
  expect(message).toContain('denied request: not in a gold namespace');
});
