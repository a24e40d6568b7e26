import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { clusterRoleKind } from '@shared/kinds/rbac/cluster-role/kind.ts';
import { clusterRoleBindingKind } from '@shared/kinds/rbac/cluster-role-binding/kind.ts';
import { describe, expect, test } from 'vitest';
import { createAuthority, issueCertificate } from '../../../cluster/certificates.ts';
import { subresourcesOf } from './access.ts';
import { cluster, get, serverFixture } from './server.test-fixture.ts';

serverFixture();

const node = {
  commonName: 'system:node:node-2',
  organizations: ['system:nodes'],
  usages: ['client' as const],
  validDays: 1,
};

test('the API server may everything; strangers are 401, other nodes 403', async () => {
  expect(await get('/healthz')).toEqual({ status: 200, body: 'ok' });
  expect(await get('/healthz', null)).toEqual({ status: 401, body: 'Unauthorized' });
  expect(await get('/healthz', null, { token: 'made-up' })).toEqual({ status: 401, body: 'Unauthorized' });
  expect(await get('/healthz', await issueCertificate(cluster.pki.ca, node))).toEqual({
    status: 403,
    body: 'Forbidden (user=system:node:node-2, verb=get, resource=nodes, subresource(s)=[healthz proxy])\n',
  });
  const strangeAuthority = await createAuthority('strange', 1);
  const stranger = await issueCertificate(strangeAuthority, {
    ...node,
    commonName: 'kube-apiserver-kubelet-client',
  });
  expect(await get('/healthz', stranger)).toEqual({ status: 401, body: 'Unauthorized' });
});

/** A token of a new service account that may use these subresources of nodes. */
async function tokenWith(name: string, verbs: string[], resources: string[]): Promise<string> {
  const { client } = cluster;
  const ref = { namespace: 'default', name };
  await client.create(serviceAccountKind, { metadata: ref });
  await client.create(clusterRoleKind, {
    metadata: { name },
    rules: [{ apiGroups: [''], resources, verbs }],
  });
  await client.create(clusterRoleBindingKind, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', ...ref }],
  });
  const answer = await client.post(serviceAccountKind, ref, 'token', { spec: {} });
  return (answer as { status: { token: string } }).status.token;
}

describe('a token of a service account', () => {
  const paths = [
    '/metrics/cadvisor',
    '/stats/summary',
    '/logs/',
    '/pods',
    '/healthz',
    '/configz',
    '/runningpods/',
  ];
  const cases: readonly [string, string[], readonly number[]][] = [
    ['metrics', ['nodes/metrics'], [200, 403, 403, 403, 403, 403, 403]],
    ['stats', ['nodes/stats'], [403, 200, 403, 403, 403, 403, 403]],
    ['log', ['nodes/log'], [403, 403, 200, 403, 403, 403, 403]],
    ['pods', ['nodes/pods'], [403, 403, 403, 200, 403, 403, 200]],
    ['fine', ['nodes/healthz', 'nodes/configz'], [403, 403, 403, 403, 200, 200, 403]],
    ['proxy', ['nodes/proxy'], [403, 403, 403, 200, 200, 200, 200]],
  ];
  test.each(cases)('that may get %s opens what this stands for', async (name, resources, expected) => {
    const token = await tokenWith(name, ['get'], resources);
    const answers = await Promise.all(paths.map((path) => get(path, null, { token })));
    expect(answers.map(({ status }) => status)).toEqual(expected);
  });

  test('that may only look runs nothing, and none opens a tunnel', async () => {
    const looks = await tokenWith('looks', ['get'], ['nodes/proxy']);
    const run = '/run/default/web/main?cmd=date';
    expect(await get(run, null, { token: looks, method: 'POST' })).toEqual({
      status: 403,
      body: 'Forbidden (user=system:serviceaccount:default:looks, verb=create, resource=nodes, subresource(s)=[proxy])\n',
    });
    // A WebSocket begins with a GET.
    const exec = '/exec/default/web/main?command=date';
    expect(await get(exec, null, { token: looks, upgrades: true })).toMatchObject({ status: 403 });
    const acts = await tokenWith('acts', ['*'], ['nodes/proxy']);
    expect(await get(run, null, { token: acts, method: 'POST' })).toMatchObject({ status: 200 });
    const tunnel = '/tunnel?address=127.0.0.1&port=1';
    expect(await get(tunnel, null, { token: acts, upgrades: true })).toMatchObject({ status: 401 });
  });
});

test.each([
  ['/metrics', ['metrics']],
  ['/metrics/probes', ['metrics']],
  ['/metricsx', ['proxy']],
  ['/constructor', ['proxy']],
  ['/containerLogs/a/b/c', ['proxy']],
  ['/checkpoint/a/b/c', ['checkpoint']],
])('the path %s stands for %j', (path, expected) => {
  expect(subresourcesOf(path)).toEqual(expected);
});
