import { validatingAdmissionPolicyKind } from '@shared/kinds/admissionregistration/validating-admission-policy/kind.ts';
import type { ValidatingAdmissionPolicy } from '@shared/kinds/wire.ts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { define, specOf, widgetCrd, widgetVersion } from '../../crd/widgets.test-fixture.ts';
import { rulesFor } from './policies.test-fixture.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster({ https: false });
});
afterAll(() => cluster.close());

async function checked(
  name: string,
  spec: Partial<NonNullable<ValidatingAdmissionPolicy['spec']>>,
): Promise<ValidatingAdmissionPolicy['status']> {
  await cluster.client.create(validatingAdmissionPolicyKind, {
    metadata: { name },
    spec: { matchConstraints: rulesFor('deployments', { apiGroups: ['apps'] }), ...spec },
  });
  return vi.waitFor(async () => {
    const { metadata, status } = await cluster.client.get(validatingAdmissionPolicyKind, { name });
    expect(status?.observedGeneration).toBe(metadata?.generation);
    return status as ValidatingAdmissionPolicy['status'];
  });
}

it('a policy without mistakes is checked and told so', async () => {
  const status = await checked('good', {
    variables: [{ name: 'images', expression: 'object.spec.template.spec.containers.map(c, c.image)' }],
    validations: [
      {
        expression: 'object.spec.replicas > 1',
        messageExpression: '"replicas: " + string(object.spec.replicas)',
      },
      { expression: 'variables.images.all(i, i.startsWith("a/")) && object.metadata.labels["a"] == "b"' },
      { expression: 'object.metadata.creationTimestamp < timestamp("2030-01-01T00:00:00Z")' },
      {
        expression: 'has(object.spec.strategy) && object.spec.?strategy.type.orValue("") == "Recreate"',
      },
    ],
  });
  expect(status).toEqual({ observedGeneration: 1, typeChecking: {} });
});

it('fields a kind does not have and values of another type are told of', async () => {
  const status = await checked('bad', {
    validations: [
      { expression: 'object.spec.replicas > 1' },
      { expression: 'object.spec.replica > 1', messageExpression: 'object.spec.replicas' },
      { expression: 'object.spec.replicas > "1"' },
    ],
  });
  expect(status?.typeChecking?.expressionWarnings).toEqual([
    {
      fieldRef: 'spec.validations[1].expression',
      warning:
        "apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'replica'\n | object.spec.replica > 1\n | ...........^\n",
    },
    {
      fieldRef: 'spec.validations[2].expression',
      warning: expect.stringContaining('no such overload: int > string'),
    },
  ]);
});

it('is done again when a policy changes, and knows custom resources', async () => {
  await define(cluster.client, widgetCrd([widgetVersion(specOf({ size: { type: 'integer' } }))]));
  const matchConstraints = rulesFor('widgets', { apiGroups: ['example.com'] });
  const status = await checked('custom', {
    matchConstraints,
    validations: [{ expression: 'object.spec.sise == 1' }],
  });
  expect(status?.typeChecking?.expressionWarnings).toHaveLength(1);
  await cluster.client.patch(
    validatingAdmissionPolicyKind,
    { name: 'custom' },
    { type: 'merge', body: { spec: { validations: [{ expression: 'object.spec.size == 1' }] } } },
  );
  await vi.waitFor(async () => {
    const { status: now } = await cluster.client.get(validatingAdmissionPolicyKind, { name: 'custom' });
    expect(now).toEqual({ observedGeneration: 2, typeChecking: {} });
  });
});
