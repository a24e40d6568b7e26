import { X509Certificate } from 'node:crypto';
import { Client } from '@shared/client/client.ts';
import { runControllers } from '@shared/controller/run-controllers.ts';
import { certificateSigningRequestKind as requestKind } from '@shared/kinds/certificates/certificate-signing-request/kind.ts';
import { clusterRoleKind } from '@shared/kinds/rbac/cluster-role/kind.ts';
import { clusterRoleBindingKind } from '@shared/kinds/rbac/cluster-role-binding/kind.ts';
import type { CertificateSigningRequest } from '@shared/kinds/wire.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { certificateSigner } from '../controllers/certificates/signer.ts';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { eventually } from '../testing/world.ts';
import { alternativeNames, makeRequest, sendRequest } from './certificate-requests.test-fixture.ts';
import { createCertificateTools } from './certificate-requests.ts';

let cluster: TestCluster;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  stop = new AbortController();
  running = runControllers(
    {
      client: cluster.client,
      clock: systemClock,
      controllers: [certificateSigner(createCertificateTools(cluster.pki.ca))],
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

const signerName = 'kubernetes.io/kubelet-serving';
const usages = ['server auth', 'digital signature'];
const subject = 'CN=system:node:n1, O=system:nodes';
const dns = { type: 'dns', value: 'n1' } as const;
const ip = { type: 'ip', value: '172.30.1.2' } as const;

type Wanted = Partial<CertificateSigningRequest['spec']> & {
  readonly subject?: string;
  readonly names?: Parameters<typeof alternativeNames>;
};

/** What becomes of an approved request: its certificate, or why it has none. */
async function signed(name: string, { subject: wanted = subject, names = [dns], ...spec }: Wanted = {}) {
  const made = await makeRequest(wanted, names.length > 0 ? [alternativeNames(...names)] : []);
  const request = await sendRequest(cluster.client, name, made, { signerName, usages, ...spec });
  const conditions = [{ type: 'Approved', status: 'True', reason: 'test' }];
  await cluster.client.update(
    requestKind,
    { ...request, status: { conditions } },
    { subresource: 'approval' },
  );
  const { status } = await eventually(cluster.client, requestKind, {
    until: (requests) =>
      requests.find(
        (found) =>
          found.metadata?.name === name &&
          (found.status?.certificate !== undefined || (found.status?.conditions?.length ?? 0) > 1),
      ),
  });
  if (status?.certificate === undefined) return status?.conditions?.[1]?.message ?? '';
  return new X509Certificate(Buffer.from(status.certificate, 'base64'));
}

test('a kubelet gets a certificate for its names, to serve with and nothing else', async () => {
  const certificate = await signed('good', { names: [dns, ip] });
  expect(certificate).toBeInstanceOf(X509Certificate);
  const { subjectAltName, keyUsage, ca } = certificate as X509Certificate;
  expect([subjectAltName, keyUsage, ca]).toEqual([
    'DNS:n1, IP Address:172.30.1.2',
    ['1.3.6.1.5.5.7.3.1'],
    false,
  ]);
});

test('no certificate holds longer than a year', async () => {
  const certificate = await signed('long', { expirationSeconds: 10 * 365 * 24 * 3600 });
  const { validFrom, validTo } = certificate as X509Certificate;
  const days = (Date.parse(validTo) - Date.parse(validFrom)) / 86_400_000;
  expect([days > 364, days < 366]).toEqual([true, true]);
});

test('what is not a request of a kubelet to serve is refused, with the reason', async () => {
  expect({
    noNames: await signed('a', { names: [] }),
    email: await signed('b', { names: [dns, { type: 'email', value: 'n1@example.com' }] }),
    uri: await signed('c', { names: [dns, { type: 'url', value: 'https://n1' }] }),
    organization: await signed('d', { subject: 'CN=system:node:n1, O=others' }),
    organizations: await signed('e', { subject: 'CN=system:node:n1, O=system:nodes, O=others' }),
    name: await signed('f', { subject: 'CN=n1, O=system:nodes' }),
    client: await signed('g', { usages: [...usages, 'client auth'] }),
    unsigned: await signed('h', { usages: ['server auth'] }),
  }).toEqual({
    noNames: 'DNS or IP subjectAltName is required',
    email: 'Email subjectAltNames are not allowed',
    uri: 'URI subjectAltNames are not allowed',
    organization: 'subject organization is not system:nodes',
    organizations: 'subject organization is not system:nodes',
    name: 'subject common name does not begin with system:node:',
    client: expect.stringContaining('usages did not match'),
    unsigned: expect.stringContaining('usages did not match'),
  });
});

test('to write a certificate takes the permission to sign for the signer', async () => {
  const apiGroup = 'rbac.authorization.k8s.io';
  const certificates = { apiGroups: ['certificates.k8s.io'] };
  await cluster.client.create(clusterRoleKind, {
    metadata: { name: 'signer' },
    rules: [
      { ...certificates, verbs: ['update'], resources: ['certificatesigningrequests/status'] },
      { ...certificates, verbs: ['sign'], resources: ['signers'], resourceNames: ['acme.com/mine'] },
    ],
  });
  await cluster.client.create(clusterRoleBindingKind, {
    metadata: { name: 'signer' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'signer' },
    subjects: [{ kind: 'User', apiGroup, name: 'joe' }],
  });
  const joe = new Client(cluster.server.localTransport({ name: 'joe', groups: ['system:authenticated'] }));
  const sign = async (name: string, signer: string) => {
    const request = await sendRequest(cluster.client, name, await makeRequest('CN=x'), {
      signerName: signer,
      usages: ['client auth'],
    });
    const certificate = Buffer.from(cluster.pki.ca.cert).toString('base64');
    return joe.updateStatus(requestKind, { ...request, status: { certificate } });
  };
  expect((await sign('mine', 'acme.com/mine')).status?.certificate).toBeDefined();
  await expect(sign('other', 'acme.com/other')).rejects.toThrow(
    'certificatesigningrequests.certificates.k8s.io "other" is forbidden: user not permitted to sign requests with signerName "acme.com/other"',
  );
});
