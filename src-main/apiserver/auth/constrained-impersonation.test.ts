import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { grantDefault, readAs, whoIsPosing } from './impersonation.test-fixture.ts';
import type { PolicyRule } from './rbac/rule.ts';
import { tokenForDefault } from './tokens.test-fixture.ts';

let cluster: TestCluster;
let token: string;

beforeEach(async () => {
  cluster = await startTestCluster();
  token = await tokenForDefault(cluster);
});

afterEach(() => cluster.close());

const pods = '/api/v1/namespaces/default/pods';
const secrets = '/api/v1/namespaces/default/secrets';
const whoIs = (as: Record<string, string>) => whoIsPosing(cluster, { token, as });
const me = 'User "system:serviceaccount:default:default"';

/** To be somebody, and to make reviews and read pods as that one. */
const rules = (mode: string, who: Partial<PolicyRule>): PolicyRule[] => [
  { verbs: [`impersonate:${mode}`], apiGroups: ['authentication.k8s.io'], ...who },
  { verbs: [`impersonate-on:${mode}:list`], apiGroups: [''], resources: ['pods'] },
  {
    verbs: [`impersonate-on:${mode}:create`],
    apiGroups: ['authentication.k8s.io'],
    resources: ['selfsubjectreviews'],
  },
];

test('a user is impersonated for the requests that were allowed, and for no others', async () => {
  await grantDefault(cluster, 'jane', rules('user-info', { resources: ['users'], resourceNames: ['jane'] }));
  expect(await whoIs({ user: 'jane' })).toEqual({ username: 'jane', groups: ['system:authenticated'] });
  expect(await readAs(cluster, pods, { token, as: { user: 'jane' } })).toContain(
    'pods is forbidden: User "jane" cannot list resource "pods"',
  );
  expect(await readAs(cluster, secrets, { token, as: { user: 'jane' } })).toBe(
    `secrets is forbidden: ${me} cannot impersonate-on:user-info:list resource "secrets" in API group "" in the namespace "default"`,
  );
  expect(await whoIs({ user: 'joe' })).toBe(
    `users.authentication.k8s.io "joe" is forbidden: ${me} cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope`,
  );
});

test('groups and extra fields have their permissions; some are never given so', async () => {
  const who = { resources: ['users', 'groups', 'uids', 'userextras/acme.com/project', 'userextras/scopes'] };
  await grantDefault(cluster, 'all', rules('user-info', who));
  expect(await whoIs({ user: 'jane', group: 'devs', uid: '42', 'extra-acme.com%2fproject': 'x' })).toEqual({
    username: 'jane',
    uid: '42',
    groups: ['devs', 'system:authenticated'],
    extra: { 'acme.com/project': ['x'] },
  });
  expect(await whoIs({ user: 'jane', group: 'system:masters' })).toContain(
    'impersonating the system:masters group is not allowed',
  );
  expect(await whoIs({ user: 'jane', 'extra-scopes': 'x' })).toContain(
    'impersonating an invalid key in extra is not allowed',
  );
});

test('nodes and service accounts are impersonated in modes of their own', async () => {
  await grantDefault(cluster, 'users', rules('user-info', { resources: ['users'] }));
  const account = 'system:serviceaccount:kube-system:x';
  expect(await whoIs({ user: 'system:node:n1' })).toContain('cannot impersonate-on:arbitrary-node:create');
  expect(await whoIs({ user: account })).toContain('cannot impersonate-on:serviceaccount:create');
  await grantDefault(cluster, 'nodes', rules('arbitrary-node', { resources: ['nodes'] }));
  await grantDefault(
    cluster,
    'accounts',
    rules('serviceaccount', { resources: ['serviceaccounts'], resourceNames: ['x'] }),
  );
  expect(await whoIs({ user: 'system:node:n1' })).toEqual({
    username: 'system:node:n1',
    groups: ['system:nodes', 'system:authenticated'],
  });
  expect(await whoIs({ user: account })).toEqual({
    username: account,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
  });
  expect(await whoIs({ user: 'system:node:n1', group: 'ops' })).toContain('is forbidden');
});

test("a pod's account is allowed to be the node of the pod, and no other node", async () => {
  await cluster.client.create(podKind, {
    metadata: { namespace: 'default', name: 'agent' },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] },
  });
  token = await tokenForDefault(cluster, {
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'agent' },
  });
  await grantDefault(cluster, 'own-node', rules('associated-node', { resources: ['nodes'] }));
  expect(await whoIs({ user: 'system:node:n1' })).toEqual({
    username: 'system:node:n1',
    groups: ['system:nodes', 'system:authenticated'],
  });
  const own = '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1';
  expect(await readAs(cluster, own, { token, as: { user: 'system:node:n1' } })).toBe('PodList');
  expect(await whoIs({ user: 'system:node:n2' })).toContain('cannot impersonate-on:arbitrary-node:create');
});
