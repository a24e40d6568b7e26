import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { Client } from '@shared/client/client.ts';
import { runControllers } from '@shared/controller/run-controllers.ts';
import { certificateSigningRequestKind as requestKind } from '@shared/kinds/certificates/certificate-signing-request/kind.ts';
import { clusterRoleKind } from '@shared/kinds/rbac/cluster-role/kind.ts';
import { clusterRoleBindingKind } from '@shared/kinds/rbac/cluster-role-binding/kind.ts';
import type { CertificateSigningRequest } from '@shared/kinds/wire.ts';
import { systemClock } from '@shared/lib/clock.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { certificateApprover } from '../controllers/certificates/approver.ts';
import { endOf } from '../controllers/certificates/cleaner.ts';
import { certificateSigner } from '../controllers/certificates/signer.ts';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { callHttps } from '../testing/https.ts';
import { eventually } from '../testing/world.ts';
import { type MadeRequest, makeRequest, sendRequest } from './certificate-requests.test-fixture.ts';
import { createCertificateTools } from './certificate-requests.ts';

let cluster: TestCluster;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  cluster = await startTestCluster();
  stop = new AbortController();
  const tools = createCertificateTools(cluster.pki.ca);
  running = runControllers(
    {
      client: cluster.client,
      clock: systemClock,
      controllers: [certificateApprover(tools), certificateSigner(tools)],
      component: 'controller-manager',
      log: () => {},
    },
    stop.signal,
  );
});

afterEach(async () => {
  stop.abort();
  await running;
  await cluster.close();
});

const apiGroup = 'rbac.authorization.k8s.io';

const clientSpec = { signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] };
const kubeletSpec = {
  signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  usages: ['client auth', 'digital signature'],
};

function as(name: string, ...groups: string[]): Client {
  return new Client(cluster.server.localTransport({ name, groups: [...groups, 'system:authenticated'] }));
}

function settled(name: string, until: (request: DeepReadonly<CertificateSigningRequest>) => boolean) {
  return eventually(cluster.client, requestKind, {
    until: (requests) => requests.find((request) => request.metadata?.name === name && until(request)),
  });
}

function kubectl(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', [
      '--kubeconfig',
      cluster.kubeconfig,
      '--cache-dir',
      join(cluster.dir, 'cache'),
      ...args,
    ]);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        text += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}

test('an approved request becomes a certificate with which one logs in', async () => {
  const made = await makeRequest('CN=jane, O=devs');
  await sendRequest(cluster.client, 'jane', made, { ...clientSpec, expirationSeconds: 3600 });
  expect(await kubectl('get', 'csr', 'jane', '--no-headers')).toContain('Pending');
  expect(await kubectl('certificate', 'approve', 'jane')).toContain(
    'certificatesigningrequest.certificates.k8s.io/jane approved',
  );
  const { status } = await settled('jane', (request) => request.status?.certificate !== undefined);
  const cert = Buffer.from(status?.certificate ?? '', 'base64').toString();
  const facts = new X509Certificate(cert);
  const hours = (Date.parse(facts.validTo) - Date.now()) / 3_600_000;
  expect([hours > 0.9 && hours <= 1, facts.subject.split('\n').sort()]).toEqual([
    true,
    ['CN=jane', 'O=devs'],
  ]);
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const headers = { 'content-type': 'application/json' };
  const { json } = await callHttps(cluster, {
    method: 'POST',
    path,
    headers,
    body: '{}',
    identity: { cert, key: made.key },
  });
  expect(json.status.userInfo).toMatchObject({ username: 'jane', groups: ['devs', 'system:authenticated'] });
});

test('a denied request stays without a certificate and cannot be approved any more', async () => {
  await sendRequest(cluster.client, 'no', await makeRequest('CN=no'), clientSpec);
  expect(await kubectl('certificate', 'deny', 'no')).toContain('denied');
  const denied = await cluster.client.get(requestKind, { name: 'no' });
  expect(denied.status?.conditions).toMatchObject([{ type: 'Denied', status: 'True' }]);
  await kubectl('certificate', 'approve', 'no');
  expect((await cluster.client.get(requestKind, { name: 'no' })).status?.conditions).toHaveLength(1);
});

test('who asks is what the server knows, and what was asked does not change', async () => {
  await cluster.client.create(clusterRoleBindingKind, {
    metadata: { name: 'ask' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'system:node-bootstrapper' },
    subjects: [{ kind: 'User', apiGroup, name: 'joe' }],
  });
  const made = await sendRequest(as('joe'), 'joe', await makeRequest('CN=joe'), {
    ...clientSpec,
    username: 'root',
    groups: ['system:masters'],
  });
  expect([made.spec.username, made.spec.groups]).toEqual(['joe', ['system:authenticated']]);
  const changed = await cluster.client.patch(
    requestKind,
    { name: 'joe' },
    { type: 'merge', body: { spec: { username: 'root' } } },
  );
  expect(changed.spec.username).toBe('joe');
});

test('a node gets its client certificate by itself, if it may', async () => {
  const name = 'system:node:n1';
  await sendRequest(
    as(name, 'system:nodes'),
    'own',
    await makeRequest(`CN=${name}, O=system:nodes`),
    kubeletSpec,
  );
  await cluster.client.create(clusterRoleBindingKind, {
    metadata: { name: 'rotate' },
    roleRef: {
      apiGroup,
      kind: 'ClusterRole',
      name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    },
    subjects: [{ kind: 'Group', apiGroup, name: 'system:nodes' }],
  });
  await sendRequest(
    as(name, 'system:nodes'),
    'again',
    await makeRequest(`CN=${name}, O=system:nodes`),
    kubeletSpec,
  );
  const { status } = await settled('again', (request) => request.status?.certificate !== undefined);
  expect(status?.conditions).toMatchObject([
    {
      type: 'Approved',
      reason: 'AutoApproved',
      message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
    },
  ]);
});

test('a signer does not sign what is not for it, and says so', async () => {
  await sendRequest(cluster.client, 'wrong', await makeRequest('CN=jane'), kubeletSpec);
  await kubectl('certificate', 'approve', 'wrong');
  const { status } = await settled('wrong', (request) => (request.status?.conditions?.length ?? 0) > 1);
  expect(status?.conditions?.[1]).toMatchObject({
    type: 'Failed',
    status: 'True',
    reason: 'SignerValidationFailure',
    message: 'subject organization is not system:nodes',
  });
});

test('approving takes the permission for the signer', async () => {
  await cluster.client.create(clusterRoleKind, {
    metadata: { name: 'approver' },
    rules: [
      {
        verbs: ['update'],
        apiGroups: ['certificates.k8s.io'],
        resources: ['certificatesigningrequests/approval'],
      },
      {
        verbs: ['approve'],
        apiGroups: ['certificates.k8s.io'],
        resources: ['signers'],
        resourceNames: ['acme.com/*'],
      },
    ],
  });
  await cluster.client.create(clusterRoleBindingKind, {
    metadata: { name: 'approver' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'approver' },
    subjects: [{ kind: 'User', apiGroup, name: 'joe' }],
  });
  const approve = async (name: string, signerName: string) => {
    const request = await sendRequest(cluster.client, name, await makeRequest('CN=x'), {
      ...clientSpec,
      signerName,
    });
    const conditions = [{ type: 'Approved', status: 'True', reason: 'r' }];
    return as('joe').update(requestKind, { ...request, status: { conditions } }, { subresource: 'approval' });
  };
  expect((await approve('a', 'acme.com/mine')).status?.conditions).toHaveLength(1);
  await expect(approve('b', 'kubernetes.io/kube-apiserver-client')).rejects.toThrow(
    'certificatesigningrequests.certificates.k8s.io "b" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"',
  );
});

test('bad requests are refused', async () => {
  const good = await makeRequest('CN=x');
  const refusal = (made: MadeRequest, spec: object) =>
    sendRequest(cluster.client, 'bad', made, { ...clientSpec, ...spec }).then(
      () => 'taken',
      (error: Error) => error.message,
    );
  expect(await refusal({ ...good, pem: 'nonsense' }, {})).toContain('spec.request: Invalid value');
  expect(await refusal(good, { usages: [] })).toContain('spec.usages: Required value');
  expect(await refusal(good, { signerName: 'plain' })).toContain('spec.signerName: Invalid value');
  expect(await refusal(good, { signerName: 'kubernetes.io/legacy-unknown' })).toContain('legacy signerName');
  expect(await refusal(good, { expirationSeconds: 10 })).toContain(
    'may not specify a duration less than 600 seconds',
  );
  expect(await refusal(await makeRequest('CN=x, O=system:masters'), {})).toContain(
    'system:masters group is not allowed',
  );
});

test('requests go an hour after they were decided, or a day after they were made', () => {
  const at = (time: string) => `2026-01-01T${time}:00Z`;
  const metadata = { name: 'x', creationTimestamp: at('00:00') };
  const spec = { request: '', signerName: 's' };
  const condition = (type: string) => ({ type, status: 'True', lastUpdateTime: at('02:00') });
  const end = (status: object) =>
    new Date(endOf({ metadata, spec, status } as never)).toISOString().slice(0, 16);
  expect(end({})).toBe('2026-01-02T00:00');
  expect(end({ conditions: [condition('Approved')] })).toBe('2026-01-02T00:00');
  expect(end({ conditions: [condition('Approved')], certificate: 'x' })).toBe('2026-01-01T03:00');
  expect(end({ conditions: [condition('Denied')] })).toBe('2026-01-01T03:00');
});
