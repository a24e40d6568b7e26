import { Client } from '@shared/client/client.ts';
import { selfSubjectRulesReviewKind } from '@shared/kinds/authorization/self-subject-rules-review/kind.ts';
import { roleBindingKind } from '@shared/kinds/rbac/role-binding/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import type { UserInfo } from '../request.ts';

let cluster: TestCluster;
const apiGroup = 'rbac.authorization.k8s.io';

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

async function rulesOf(user: UserInfo, namespace = 'default') {
  const client = new Client(cluster.server.localTransport(user));
  return (await client.create(selfSubjectRulesReviewKind, { spec: { namespace } })).status;
}

test('what a node may do by its pods is not told: the list is incomplete and says so', async () => {
  const node = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
  expect(await rulesOf(node)).toMatchObject({
    incomplete: true,
    evaluationError: 'node authorizer does not support user rule resolution',
  });
});

test('a binding to a role that does not exist makes the list incomplete', async () => {
  const jane = { name: 'jane', groups: ['system:authenticated'] };
  const complete = await rulesOf(jane);
  expect(complete).toMatchObject({ incomplete: false });
  expect(complete?.evaluationError).toBeUndefined();
  await cluster.client.create(roleBindingKind, {
    metadata: { namespace: 'default', name: 'lost' },
    roleRef: { apiGroup, kind: 'Role', name: 'gone' },
    subjects: [{ kind: 'User', apiGroup, name: 'jane' }],
  });
  expect(await rulesOf(jane)).toMatchObject({
    incomplete: true,
    evaluationError: 'role.rbac.authorization.k8s.io "gone" not found',
  });
  expect(await rulesOf(jane, 'kube-system')).toMatchObject({ incomplete: false });
});
