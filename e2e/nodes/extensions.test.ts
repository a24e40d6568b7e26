import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../../scripts/lib/shell.mjs';
import { createAuthority, issueCertificate } from '../../src-main/cluster/certificates.ts';
import { webArchive } from '../harness/images.ts';
import { Slipway, until } from '../harness/slipway.ts';

const cluster = 'e2e-extensions';
const slipway = new Slipway();
const get = (...args: string[]) => slipway.get(cluster, ...args);
const fixture = (name: string) => readFileSync(join(root, 'e2e/fixtures', name), 'utf8');

/** What the pod serves with: nobody but its own authority vouches for it. */
async function tlsOfExtension() {
  const authority = await createAuthority('extension-ca', 1);
  const certificate = await issueCertificate(authority, {
    commonName: 'extension',
    dnsNames: ['extension.default.svc'],
    usages: ['server'],
    validDays: 1,
  });
  return { ...certificate, caBundle: Buffer.from(authority.cert).toString('base64') };
}

beforeAll(async () => {
  await slipway.must('cluster', 'create', cluster, '--nodes', '2');
  await slipway.must('image', 'load', await webArchive(), '--cluster', cluster);
  const { cert, key, caBundle } = await tlsOfExtension();
  const object = (kind: string, rest: object) =>
    JSON.stringify({ apiVersion: 'v1', kind, metadata: { name: 'extension' }, ...rest });
  const tls = { type: 'kubernetes.io/tls', stringData: { 'tls.crt': cert, 'tls.key': key } };
  await slipway.apply(cluster, object('Secret', tls));
  const data = { 'extension.cjs': fixture('extension.cjs') };
  await slipway.apply(cluster, object('ConfigMap', { data }));
  await slipway.apply(cluster, fixture('extension.yaml').replaceAll('CA-BUNDLE', caBundle));
});
afterAll(() => slipway.close());

/** Creates a map that a webhook wants to see; its standard error when it is refused. */
async function createMap(name: string, hook: 'strict' | 'lenient', data: object = {}): Promise<string> {
  const metadata = { name, labels: { hook } };
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  return (await slipway.kubectl(cluster, ['create', '-f', '-'], { input })).stderr.trim();
}

const createBox = async (name: string) => {
  const spec = { size: 3 };
  const input = JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Box', metadata: { name }, spec });
  return (await slipway.kubectl(cluster, ['create', '-f', '-'], { input })).stderr.trim();
};

async function isExtensionThere(): Promise<void> {
  await get('rollout', 'status', 'deployment/extension', '--timeout=90s');
  await get('wait', 'apiservice/v1alpha1.wardle.example.com', '--for=condition=Available', '--timeout=60s');
}

test('webhooks, conversions and an API are served by a pod, through its Service', async () => {
  await isExtensionThere();
  expect(await createMap('seen', 'strict')).toBe('');
  expect(await get('get', 'configmap', 'seen', '-o', 'jsonpath={.metadata.labels.seen}')).toBe('by-pod');
  expect(await createMap('good', 'lenient')).toBe('');
  expect(await createMap('bad', 'lenient', { bad: 'true' })).toContain(
    'admission webhook "lenient.example.com" denied the request: it says so itself',
  );
  expect(await createBox('one')).toBe('');
  expect(await get('get', 'boxes.v2.example.com', 'one', '-o', 'jsonpath={.spec.width}')).toBe('3');
  expect(await get('get', 'flunders', '-o', 'name')).toBe('flunder.wardle.example.com/one');
  const user = await get('get', 'flunder', 'one', '-o', 'jsonpath={.metadata.annotations.asked-by}');
  expect(user).toBe('kubernetes-admin');
  await until('kubectl explains what the pod serves', async () =>
    (await get('explain', 'flunders', '--output=plaintext-openapiv2')).includes('served by a pod'),
  );
});

test('while the pod is away, failure policies decide and everything else goes on', async () => {
  await get('scale', 'deployment/extension', '--replicas=0');
  const pods = () => get('get', 'pods', '-l', 'app=extension', '-o', 'name');
  await until('the pod is gone', async () => (await pods()) === '');
  const failing =
    'failed calling webhook "strict.example.com": failed to call webhook: Post "https://extension.default.svc:443/mutate?timeout=10s"';
  await until('the Service has nobody to send to', async () =>
    (await createMap('refused', 'strict')).includes('no endpoints available for service "extension'),
  );
  expect(await createMap('refused', 'strict')).toContain(failing);
  expect(await createMap('let-pass', 'lenient', { bad: 'true' })).toBe('');
  expect(await createBox('two')).toBe('');
  expect(await get('get', 'boxes.v1.example.com', 'two', '-o', 'jsonpath={.spec.size}')).toBe('3');
  const converted = await slipway.kubectl(cluster, ['get', 'boxes.v2.example.com', 'two']);
  expect(converted.stderr).toContain('conversion webhook for example.com/v1, Kind=Box failed');
  await until('the API is known to be away', async () =>
    (await get('get', 'apiservice', 'v1alpha1.wardle.example.com')).includes('False (MissingEndpoints)'),
  );
  const flunders = await slipway.kubectl(cluster, [
    'get',
    '--raw',
    '/apis/wardle.example.com/v1alpha1/flunders',
  ]);
  expect(flunders.stderr).toContain('the server is currently unable to handle the request');
  expect(await get('get', 'configmap', 'seen', '-o', 'name')).toBe('configmap/seen');
  expect(await get('explain', 'pods.spec')).toContain('PodSpec');
});

test('when the pod is back, on whatever node, everything is as before', async () => {
  await get('scale', 'deployment/extension', '--replicas=1');
  await isExtensionThere();
  expect(await createMap('seen-again', 'strict')).toBe('');
  expect(await get('get', 'configmap', 'seen-again', '-o', 'jsonpath={.metadata.labels.seen}')).toBe(
    'by-pod',
  );
  expect(await createMap('still-bad', 'lenient', { bad: 'true' })).toContain('denied the request');
  expect(await get('get', 'boxes.v2.example.com', 'two', '-o', 'jsonpath={.spec.width}')).toBe('3');
  expect(await get('get', 'flunders', '-o', 'name')).toBe('flunder.wardle.example.com/one');
});
