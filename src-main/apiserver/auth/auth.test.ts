import { join } from 'node:path';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAuthority, issueCertificate } from '../../cluster/certificates.ts';
import { issueNodeCertificate } from '../../cluster/pki.ts';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster();
});

afterEach(() => cluster.close());

const namespace = 'default';
const pods = `/api/v1/namespaces/${namespace}/pods`;
const json = { 'content-type': 'application/json' };
const pod = (name: string) => ({
  metadata: { name, namespace },
  spec: { containers: [{ name: 'c', image: 'i' }] },
});
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function bound(name: string, nodeName: string): Promise<string> {
  const { metadata } = await cluster.client.create(podKind, pod(name));
  await cluster.client.post(podKind, { namespace, name }, 'binding', {
    target: { kind: 'Node', name: nodeName },
  });
  return metadata?.uid ?? '';
}

async function tokenFor(account: string, spec: object = {}): Promise<string> {
  const answer = await cluster.client.post(serviceAccountKind, { namespace, name: account }, 'token', {
    spec,
  });
  return (answer as { status: { token: string } }).status.token;
}

test('who shows no credentials sees health and version, nothing else', async () => {
  const status = async (path: string) => (await callHttps(cluster, { path, identity: null })).status;
  expect(await Promise.all(['/readyz', '/livez', '/healthz', '/version'].map(status))).toEqual([
    200, 200, 200, 200,
  ]);
  const answer = await callHttps(cluster, { path: pods, identity: null });
  expect(answer.json).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message:
      'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default"',
    reason: 'Forbidden',
    details: { kind: 'pods' },
    code: 403,
  });
  expect(await Promise.all(['/api', '/metrics', '/openapi/v2', '/'].map(status))).toEqual([
    403, 403, 403, 403,
  ]);
});

test('a certificate of another authority, or a made-up token, is nobody', async () => {
  const foreign = await createAuthority('other', 1);
  const identity = await issueCertificate(foreign, {
    commonName: 'kubernetes-admin',
    organizations: ['system:masters'],
    usages: ['client'],
    validDays: 1,
  });
  expect((await callHttps(cluster, { path: pods, identity })).status).toBe(401);
  for (const token of ['x', 'a.b.c', `${await tokenFor('default')}x`]) {
    expect((await callHttps(cluster, { path: pods, headers: bearer(token) })).status).toBe(401);
  }
});

test('a service account is known by its token and may look around, no more', async () => {
  const headers = bearer(await tokenFor('default'));
  expect((await callHttps(cluster, { path: '/api/v1', headers, identity: null })).status).toBe(200);
  const answer = await callHttps(cluster, { path: pods, headers, identity: null });
  expect(answer.json).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message:
      'pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods" in API group "" in the namespace "default"',
    reason: 'Forbidden',
    details: { kind: 'pods' },
    code: 403,
  });
});

test('a token carries its claims and dies with the pod it is bound to', async () => {
  const uid = await bound('p', 'n');
  const token = await tokenFor('default', {
    expirationSeconds: 600,
    boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid },
  });
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  expect(claims).toMatchObject({
    iss: 'https://kubernetes.default.svc.cluster.local',
    aud: ['https://kubernetes.default.svc.cluster.local'],
    sub: 'system:serviceaccount:default:default',
    'kubernetes.io': { namespace, pod: { name: 'p', uid }, serviceaccount: { name: 'default' } },
  });
  expect(claims.exp - claims.iat).toBe(600);
  const status = async () =>
    (await callHttps(cluster, { path: '/api', headers: bearer(token), identity: null })).status;
  expect(await status()).toBe(200);
  await cluster.client.delete(podKind, { namespace, name: 'p' }, { gracePeriodSeconds: 0 });
  expect(await status()).toBe(401);
});

test('a token for another audience is not for this server', async () => {
  const token = await tokenFor('default', { audiences: ['vault'] });
  expect((await callHttps(cluster, { path: '/api', headers: bearer(token), identity: null })).status).toBe(
    401,
  );
});

test('token requests are checked', async () => {
  await bound('p', 'n');
  const ask = (spec: object) => tokenFor('default', spec);
  await expect(ask({ expirationSeconds: 10 })).rejects.toMatchObject({
    reason: 'Invalid',
    message: expect.stringContaining('may not specify a duration less than 10 minutes'),
  });
  await expect(
    ask({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: 'other' } }),
  ).rejects.toMatchObject({ reason: 'Conflict' });
  await expect(
    ask({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'gone' } }),
  ).rejects.toMatchObject({ reason: 'NotFound' });
  await expect(
    ask({ boundObjectRef: { kind: 'Deployment', apiVersion: 'apps/v1', name: 'p' } }),
  ).rejects.toMatchObject({ reason: 'BadRequest' });
  await expect(tokenFor('nobody')).rejects.toMatchObject({ reason: 'NotFound' });
});

test('a node touches what is its own', async () => {
  await bound('mine', 'n1');
  const uid = await bound('other', 'n2');
  await cluster.client.create(nodeKind, { metadata: { name: 'n2' } });
  const identity = await issueNodeCertificate(join(cluster.dir, 'pki'), { nodeName: 'n1', ips: [] });
  const call = async (method: string, path: string, body?: object, headers: Record<string, string> = json) =>
    (
      await callHttps(cluster, {
        method,
        path,
        identity,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      })
    ).status;
  const merge = { 'content-type': 'application/merge-patch+json' };
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  const bind = (name: string, podUid: string) => ({
    spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid: podUid } },
  });
  const results = {
    registers: await call('POST', '/api/v1/nodes', { metadata: { name: 'n1' } }),
    reports: await call('PATCH', '/api/v1/nodes/n1/status', { status: {} }, merge),
    otherNode: await call('PATCH', '/api/v1/nodes/n2/status', { status: {} }, merge),
    lease: await call('POST', leases, { metadata: { name: 'n1' } }),
    otherLease: await call('PATCH', `${leases}/n2`, {}, merge),
    watchesPods: await call('GET', `/api/v1/pods?fieldSelector=spec.nodeName%3Dn1`),
    ownPod: await call('PATCH', `${pods}/mine/status`, { status: { phase: 'Running' } }, merge),
    otherPod: await call('PATCH', `${pods}/other/status`, { status: { phase: 'Running' } }, merge),
    otherPodSpec: await call('PATCH', `${pods}/mine`, { metadata: { labels: { a: 'b' } } }, merge),
    deletesOther: await call('DELETE', `${pods}/other`),
    deletesOwn: await call('DELETE', `${pods}/mine`),
    secrets: await call('GET', `/api/v1/namespaces/${namespace}/secrets`),
    writesSecrets: await call('POST', `/api/v1/namespaces/${namespace}/secrets`, { metadata: { name: 's' } }),
    deployments: await call('GET', '/apis/apps/v1/deployments'),
    freeToken: await call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`, {
      spec: {},
    }),
    otherToken: await call(
      'POST',
      `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`,
      bind('other', uid),
    ),
    exec: await call('GET', `${pods}/mine/exec?command=ls&stdout=1`),
  };
  expect(results).toEqual({
    registers: 201,
    reports: 200,
    otherNode: 403,
    lease: 201,
    otherLease: 403,
    watchesPods: 200,
    ownPod: 200,
    otherPod: 403,
    otherPodSpec: 403,
    deletesOther: 403,
    deletesOwn: 200,
    secrets: 403,
    writesSecrets: 403,
    deployments: 403,
    freeToken: 403,
    otherToken: 403,
    exec: 403,
  });
});
