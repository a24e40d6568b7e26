import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { bindValidating, refusal, rulesFor } from './policies.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  for (const name of ['a', 'b']) await cluster.client.create(namespaceKind, { metadata: { name } });
});

afterEach(() => cluster.close());

const createParams = (
  namespace: string,
  name: string,
  allowed: string,
  labels: Record<string, string> = {},
) => cluster.client.create(configMapKind, { metadata: { namespace, name, labels }, data: { allowed } });

const createSecret = (namespace: string, name: string) =>
  cluster.client.create(secretKind, { metadata: { namespace, name } });

const policy = {
  matchConstraints: rulesFor('secrets'),
  paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
  validations: [
    {
      expression: 'object.metadata.name == params.data.allowed',
      messageExpression: '"only " + params.data.allowed + ", says " + params.metadata.namespace',
    },
  ],
};

const told = async (namespace: string, name: string) =>
  (await refusal(createSecret(namespace, name))).message?.split('denied request: ')[1];

test('a binding without a namespace is about params in the namespace of each request', async () => {
  await createParams('a', 'settings', 'x');
  await createParams('b', 'settings', 'y');
  await bindValidating(cluster, 'p', policy, {
    paramRef: { name: 'settings', parameterNotFoundAction: 'Deny' },
  });
  await createSecret('a', 'x');
  await createSecret('b', 'y');
  expect([await told('a', 'y'), await told('b', 'x')]).toEqual(['only x, says a', 'only y, says b']);
  expect((await refusal(createSecret('default', 'x'))).message).toContain(
    'no params found for policy binding with `Deny` parameterNotFoundAction',
  );
});

test('a binding with a namespace is about params there, for requests in any', async () => {
  await createParams('a', 'settings', 'x');
  await createParams('b', 'settings', 'y');
  await bindValidating(cluster, 'p', policy, {
    paramRef: { name: 'settings', namespace: 'a', parameterNotFoundAction: 'Deny' },
  });
  await createSecret('b', 'x');
  expect(await told('b', 'y')).toBe('only x, says a');
});

test('a selector finds params of the namespace alone, and each of them counts', async () => {
  await createParams('a', 'one', 'x', { for: 'p' });
  await createParams('a', 'two', 'y', { for: 'p' });
  await createParams('a', 'three', 'z');
  await createParams('b', 'one', 'x', { for: 'p' });
  await bindValidating(cluster, 'p', policy, {
    paramRef: { selector: { matchLabels: { for: 'p' } }, parameterNotFoundAction: 'Allow' },
  });
  await createSecret('b', 'x');
  expect([await told('a', 'x'), await told('a', 'y')]).toEqual(['only y, says a', 'only x, says a']);
  await createSecret('default', 'anything');
});

test('params of a namespace are no answer for what has none', async () => {
  await createParams('a', 'settings', 'x');
  await bindValidating(
    cluster,
    'p',
    { ...policy, matchConstraints: rulesFor('nodes') },
    { paramRef: { name: 'settings', parameterNotFoundAction: 'Allow' } },
  );
  const { message } = await refusal(cluster.client.create(nodeKind, { metadata: { name: 'n' } }));
  expect(message).toContain(
    'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
  );
});
