import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { issueCertificate } from './certificates.ts';
import { contextName, kubeconfigYaml } from './kubeconfig.ts';
import { ensureClusterPki, issueNodeCertificate } from './pki.ts';

let dir: string;
const options = { names: ['172.30.1.1'], clusterDomain: 'cluster.local' };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-pki-'));
});

afterEach(() => rm(dir, { recursive: true }));

test('a server and a client of the cluster believe each other', async () => {
  const pki = await ensureClusterPki(dir, options);
  const node = await issueNodeCertificate(dir, { nodeName: 'n1', ips: ['127.0.0.1'] });
  const server = createServer(
    { cert: node.cert, key: node.key, ca: node.ca, requestCert: true, rejectUnauthorized: true },
    (_, response) => void response.end('hello'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const status = await new Promise((resolve, reject) => {
    const tls = { cert: pki.kubeletClient.cert, key: pki.kubeletClient.key, ca: pki.ca.cert, agent: false };
    request({ host: '127.0.0.1', port, ...tls, servername: 'n1' }, (message) =>
      resolve(message.resume().statusCode),
    )
      .on('error', reject)
      .end();
  });
  await new Promise((resolve) => server.close(resolve));
  expect(status).toBe(200);
});

test('certificates say who they are for', async () => {
  const pki = await ensureClusterPki(dir, options);
  const facts = (pem: string) => {
    const { subject, subjectAltName = '', ca } = new X509Certificate(pem);
    return { subject, names: subjectAltName.split(', ').sort(), ca };
  };
  expect(facts(pki.ca.cert)).toEqual({ subject: 'CN=slipway-ca', names: [''], ca: true });
  expect(facts(pki.admin.cert)).toEqual({
    subject: 'O=system:masters\nCN=kubernetes-admin',
    names: [''],
    ca: false,
  });
  expect(facts(pki.apiServer.cert)).toEqual({
    subject: 'CN=kube-apiserver',
    names: [
      'DNS:host.docker.internal',
      'DNS:kubernetes',
      'DNS:kubernetes.default',
      'DNS:kubernetes.default.svc',
      'DNS:kubernetes.default.svc.cluster.local',
      'DNS:localhost',
      'IP Address:0:0:0:0:0:0:0:1',
      'IP Address:127.0.0.1',
      'IP Address:172.30.1.1',
    ],
    ca: false,
  });
  const node = await issueNodeCertificate(dir, { nodeName: 'n1', ips: ['172.30.1.11'] });
  expect(facts(node.cert)).toEqual({
    subject: 'O=system:nodes\nCN=system:node:n1',
    names: ['DNS:localhost', 'DNS:n1', 'IP Address:172.30.1.11'],
    ca: false,
  });
});

test('a second start finds everything as it was', async () => {
  const first = await ensureClusterPki(dir, options);
  expect(await ensureClusterPki(dir, options)).toEqual(first);
});

test('private keys are for their owner alone', async () => {
  await ensureClusterPki(dir, options);
  for (const name of ['ca', 'apiserver', 'admin', 'kubelet-client', 'service-account']) {
    expect((await stat(join(dir, `${name}.key`))).mode & 0o777).toBe(0o600);
  }
});

test('what ends soon, misses a name, is damaged or of another authority is issued again', async () => {
  const first = await ensureClusterPki(dir, options);
  const soon = await issueCertificate(first.ca, {
    commonName: 'kubernetes-admin',
    organizations: ['system:masters'],
    usages: ['client'],
    validDays: 20,
  });
  await writeFile(join(dir, 'admin.crt'), soon.cert);
  await writeFile(join(dir, 'admin.key'), soon.key);
  await writeFile(join(dir, 'kubelet-client.crt'), 'half a cert');
  const second = await ensureClusterPki(dir, { ...options, names: ['172.30.1.1', '172.30.2.1'] });
  expect(second.ca).toEqual(first.ca);
  expect(second.serviceAccountKey).toEqual(first.serviceAccountKey);
  expect(Date.parse(new X509Certificate(second.admin.cert).validTo) - Date.now()).toBeGreaterThan(
    300 * 86_400_000,
  );
  expect(new X509Certificate(second.apiServer.cert).subjectAltName).toContain('172.30.2.1');
  expect(new X509Certificate(second.kubeletClient.cert).subject).toContain('kubelet-client');
  expect(await readFile(join(dir, 'admin.crt'), 'utf8')).toBe(second.admin.cert);
});

test('a damaged authority stops the cluster instead of being replaced', async () => {
  await ensureClusterPki(dir, options);
  await writeFile(join(dir, 'ca.crt'), 'nonsense');
  await expect(ensureClusterPki(dir, options)).rejects.toMatchObject({
    code: 'StateCorrupt',
    remedy: expect.stringContaining('backup'),
  });
  await rm(join(dir, 'ca.crt'));
  await expect(ensureClusterPki(dir, options)).rejects.toMatchObject({ code: 'StateCorrupt' });
});

test('the kubeconfig names the cluster and carries the administrator', async () => {
  const pki = await ensureClusterPki(dir, options);
  const facts = {
    clusterName: 'dev',
    server: 'https://127.0.0.1:6443',
    ca: pki.ca.cert,
    clientCert: pki.admin.cert,
    clientKey: pki.admin.key,
  };
  const config = parse(kubeconfigYaml(facts));
  expect(contextName('dev')).toBe('slipway-dev');
  expect(config).toMatchObject({
    'current-context': 'slipway-dev',
    clusters: [{ name: 'slipway-dev', cluster: { server: 'https://127.0.0.1:6443' } }],
    contexts: [{ name: 'slipway-dev', context: { cluster: 'slipway-dev', user: 'slipway-dev' } }],
  });
  expect(Buffer.from(config.users[0].user['client-key-data'], 'base64').toString()).toBe(pki.admin.key);
});
