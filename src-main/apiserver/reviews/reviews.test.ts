import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { clusterRoleKind } from '@shared/kinds/rbac/cluster-role/kind.ts';
import { roleBindingKind } from '@shared/kinds/rbac/role-binding/kind.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { runKubectl } from '../../testing/kubectl.ts';

let cluster: TestCluster;
const namespace = 'default';
const apiGroup = 'rbac.authorization.k8s.io';

beforeAll(async () => {
  cluster = await startTestCluster();
  await cluster.client.create(roleBindingKind, {
    metadata: { name: 'jane', namespace },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'User', apiGroup, name: 'jane' }],
  });
});

afterAll(() => cluster.close());

function kubectl(...args: string[]) {
  return runKubectl(cluster, args);
}

async function review(
  group: string,
  kind: string,
  spec: object,
  path = '',
): Promise<{ status: number; json: never }> {
  const plural = `${kind.toLowerCase()}s`;
  const apiVersion = `${group}/v1`;
  return (await callHttps(cluster, {
    method: 'POST',
    path: `/apis/${apiVersion}/${path}${plural}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion, kind, spec }),
  })) as never;
}

test('kubectl auth can-i answers for oneself and for others', async () => {
  expect((await kubectl('auth', 'can-i', 'delete', 'nodes')).stdout).toContain('yes');
  const no = await kubectl('auth', 'can-i', 'delete', 'pods', '--as', 'jane');
  expect([no.code, no.stdout.trim()]).toEqual([1, 'no']);
  expect(
    (await kubectl('auth', 'can-i', 'list', 'pods', '--as', 'jane', '-n', namespace)).stdout.trim(),
  ).toBe('yes');
  expect((await kubectl('auth', 'can-i', 'get', '/version', '--as', 'jane')).stdout.trim()).toBe('yes');
  expect(
    (await kubectl('auth', 'can-i', 'get', 'pods', '--subresource=log', '--as', 'jane')).stdout.trim(),
  ).toBe('yes');
});

test('kubectl auth can-i --list names what was granted', async () => {
  const lines = (await kubectl('auth', 'can-i', '--list', '--as', 'jane')).stdout
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '));
  expect(lines).toContain('configmaps [] [] [get list watch]');
  expect(lines).toContain('selfsubjectaccessreviews.authorization.k8s.io [] [] [create]');
  expect(lines).toContain('[/version] [] [get]');
  expect(lines.filter((line) => line.startsWith('secrets'))).toEqual([]);
  const admin = (await kubectl('auth', 'can-i', '--list')).stdout.replace(/ +/g, ' ');
  expect(admin).toContain('*.* [] [] [*]');
});

test('kubectl auth whoami', async () => {
  const { stdout } = await kubectl('auth', 'whoami', '-o', 'json');
  expect(JSON.parse(stdout).status.userInfo).toMatchObject({
    username: 'kubernetes-admin',
    groups: ['system:masters', 'system:authenticated'],
  });
});

test('kubectl auth reconcile creates roles and bindings and adds what is missing', async () => {
  const file = join(cluster.dir, 'rbac.yaml');
  await writeFile(
    file,
    `apiVersion: ${apiGroup}/v1
kind: ClusterRole
metadata: { name: pod-reader }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get, list] }]
---
apiVersion: ${apiGroup}/v1
kind: ClusterRoleBinding
metadata: { name: pod-readers }
roleRef: { apiGroup: ${apiGroup}, kind: ClusterRole, name: pod-reader }
subjects: [{ apiGroup: ${apiGroup}, kind: Group, name: readers }]
`,
  );
  expect((await kubectl('auth', 'reconcile', '-f', file)).stdout).toContain(
    'clusterrole.rbac.authorization.k8s.io/pod-reader reconciled',
  );
  await cluster.client.patch(clusterRoleKind, { name: 'pod-reader' }, { type: 'merge', body: { rules: [] } });
  await kubectl('auth', 'reconcile', '-f', file);
  const role = await cluster.client.get(clusterRoleKind, { name: 'pod-reader' });
  const added = { apiGroups: [''], resources: ['pods'] };
  expect(role.rules).toEqual([
    { ...added, verbs: ['get'] },
    { ...added, verbs: ['list'] },
  ]);
  const yes = await kubectl('auth', 'can-i', 'list', 'pods', '--as', 'joe', '--as-group', 'readers', '-A');
  expect(yes.stdout.trim()).toBe('yes');
});

test('an impersonated user is who the server knows: groups, uid and extra fields', async () => {
  const headers = {
    'impersonate-user': 'jane',
    'impersonate-group': 'devs',
    'impersonate-uid': '42',
    'impersonate-extra-acme.com%2fproject': 'x',
    'content-type': 'application/json',
  };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const { json } = await callHttps(cluster, { method: 'POST', path, headers, body: '{}' });
  expect(json.status.userInfo).toEqual({
    username: 'jane',
    uid: '42',
    groups: ['devs', 'system:authenticated'],
    extra: { 'acme.com/project': ['x'] },
  });
});

test('a token review tells whose token it is, for whom, and nothing about bad ones', async () => {
  const { status } = (await cluster.client.post(serviceAccountKind, { namespace, name: 'default' }, 'token', {
    spec: { audiences: ['vault', 'other'] },
  })) as { status: { token: string } };
  const ask = async (spec: object) =>
    ((await review('authentication.k8s.io', 'TokenReview', spec)) as { json: { status: unknown } }).json
      .status;
  expect(await ask({ token: status.token, audiences: ['vault', 'third'] })).toMatchObject({
    authenticated: true,
    audiences: ['vault'],
    user: {
      username: 'system:serviceaccount:default:default',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/)] },
    },
  });
  const bad = { user: {}, error: 'invalid bearer token' };
  expect(await ask({ token: status.token })).toEqual(bad);
  expect(await ask({ token: 'x.y.z' })).toEqual(bad);
});

test('reviews refuse half and double questions', async () => {
  const ask = (kind: string, spec: object, path = '') => review('authorization.k8s.io', kind, spec, path);
  const resourceAttributes = { verb: 'get', resource: 'pods', namespace };
  const answers = [
    await ask('SubjectAccessReview', { resourceAttributes }),
    await ask('SubjectAccessReview', { user: 'jane' }),
    await ask('SubjectAccessReview', {
      user: 'jane',
      resourceAttributes,
      nonResourceAttributes: { path: '/', verb: 'get' },
    }),
    await ask('LocalSubjectAccessReview', { user: 'jane', resourceAttributes }, 'namespaces/kube-system/'),
    await ask('LocalSubjectAccessReview', { user: 'jane', resourceAttributes }, `namespaces/${namespace}/`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([422, 422, 422, 400, 201]);
});
