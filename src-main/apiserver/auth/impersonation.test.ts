import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { grantDefault, readAs, whoIsPosing } from './impersonation.test-fixture.ts';
import { tokenForDefault } from './tokens.test-fixture.ts';

let cluster: TestCluster;
let token: string;

beforeEach(async () => {
  cluster = await startTestCluster();
  token = await tokenForDefault(cluster);
});

afterEach(() => cluster.close());

const pods = '/api/v1/namespaces/default/pods';
const read = (as: Record<string, string>) => readAs(cluster, pods, { token, as });
const whoIs = (as: Record<string, string>) => whoIsPosing(cluster, { token, as });
const me = 'User "system:serviceaccount:default:default"';
const becomeJane = { verbs: ['impersonate'], apiGroups: [''], resources: ['users'], resourceNames: ['jane'] };

test('who may not impersonate is told so', async () => {
  expect(await read({ user: 'jane' })).toBe(
    `pods is forbidden: ${me} cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"`,
  );
});

test('each part of the other identity takes a permission', async () => {
  await grantDefault(cluster, 'become-jane', [becomeJane]);
  expect(await whoIs({ user: 'jane' })).toEqual({ username: 'jane', groups: ['system:authenticated'] });
  const refused = (what: string, where = 'at the cluster scope') =>
    expect.stringContaining(`${me} cannot impersonate resource ${what} ${where}`);
  expect({
    name: await whoIs({ user: 'joe' }),
    group: await whoIs({ user: 'jane', group: 'system:masters' }),
    uid: await whoIs({ user: 'jane', uid: '42' }),
    extra: await whoIs({ user: 'jane', 'extra-scopes': 'a' }),
    account: await whoIs({ user: 'system:serviceaccount:kube-system:x' }),
  }).toEqual({
    name: refused('"users" in API group ""'),
    group: refused('"groups" in API group ""'),
    uid: refused('"uids" in API group "authentication.k8s.io"'),
    extra: refused('"userextras/scopes" in API group "authentication.k8s.io"'),
    account: refused('"serviceaccounts" in API group ""', 'in the namespace "kube-system"'),
  });
});

test('a permission for one value is none for another', async () => {
  const authentication = { verbs: ['impersonate'], apiGroups: ['authentication.k8s.io'] };
  await grantDefault(cluster, 'become-jane', [
    becomeJane,
    { verbs: ['impersonate'], apiGroups: [''], resources: ['groups'], resourceNames: ['devs'] },
    { ...authentication, resources: ['uids'], resourceNames: ['42'] },
    { ...authentication, resources: ['userextras/scopes'], resourceNames: ['view'] },
  ]);
  expect(await whoIs({ user: 'jane', group: 'devs', uid: '42', 'extra-scopes': 'view' })).toEqual({
    username: 'jane',
    uid: '42',
    groups: ['devs', 'system:authenticated'],
    extra: { scopes: ['view'] },
  });
  expect([
    await whoIs({ user: 'jane', group: 'ops' }),
    await whoIs({ user: 'jane', uid: '43' }),
    await whoIs({ user: 'jane', 'extra-scopes': 'edit' }),
  ]).toEqual([
    expect.stringContaining('groups "ops" is forbidden'),
    expect.stringContaining('uids.authentication.k8s.io "43" is forbidden'),
    expect.stringContaining('userextras.authentication.k8s.io "edit" is forbidden'),
  ]);
});

test('groups, a uid or extra fields without a user are no request', async () => {
  await grantDefault(cluster, 'all', [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]);
  const refusal = expect.stringContaining('without impersonating a user name');
  expect([
    await whoIs({ group: 'devs' }),
    await whoIs({ uid: '42' }),
    await whoIs({ 'extra-scopes': 'view' }),
  ]).toEqual([refusal, refusal, refusal]);
});

test('an impersonated service account is in its groups, anonymous in none of those who logged in', async () => {
  await grantDefault(cluster, 'all', [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]);
  expect(await whoIs({ user: 'system:serviceaccount:kube-system:x' })).toEqual({
    username: 'system:serviceaccount:kube-system:x',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
  });
  expect(await whoIs({ user: 'system:anonymous' })).toContain('is forbidden: User "system:anonymous" cannot');
});
