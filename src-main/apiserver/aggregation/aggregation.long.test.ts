import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { apiServiceKind } from '@shared/kinds/apiregistration/api-service/kind.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import { kubeletEndpointAnnotation } from '@shared/rpc/cluster-config.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createAuthority, issueCertificate } from '../../cluster/certificates.ts';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { type FakeKubelet, startKubelet } from '../streaming/kubelet.test-fixture.ts';

const run = promisify(execFile);
const group = 'wardle.example.com';
const path = `/apis/${group}/v1alpha1`;
const resources = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: `${group}/v1alpha1`,
  resources: [
    {
      name: 'flunders',
      singularName: 'flunder',
      namespaced: true,
      kind: 'Flunder',
      verbs: ['get', 'list'],
      shortNames: ['fl'],
    },
    { name: 'flunders/status', singularName: '', namespaced: true, kind: 'Flunder', verbs: ['get'] },
  ],
};

let cluster: TestCluster;
let kubelet: FakeKubelet;
let server: ReturnType<typeof createServer>;
let caBundle: string;

beforeAll(async () => {
  cluster = await startTestCluster();
  kubelet = await startKubelet(cluster, 'node-1');
  await cluster.client.create(nodeKind, {
    metadata: { name: 'node-1', annotations: { [kubeletEndpointAnnotation]: `127.0.0.1:${kubelet.port}` } },
  });
  const authority = await createAuthority('wardle-ca', 1);
  const names = {
    commonName: 'wardle',
    dnsNames: ['api.wardle.svc'],
    usages: ['server' as const],
    validDays: 1,
  };
  const { cert, key } = await issueCertificate(authority, names);
  caBundle = Buffer.from(authority.cert).toString('base64');
  const ca = cluster.pki.frontProxy.ca;
  server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, answer);
  const sockets = new WebSocketServer({ server, path: `${path}/socket` });
  sockets.on('connection', (socket, { headers }) => socket.send(`for ${headers['x-remote-user']}`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await kubelet.close();
  await cluster.close();
});

/** An aggregated API server, as far as the aggregator sees of it. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { headers, url, method } = request;
  response.setHeader('content-type', 'application/json');
  if (url === path) response.end(JSON.stringify(resources));
  else if (url === '/openapi/v2') answerOpenApi(request, response);
  else if (url?.startsWith('/openapi/v3') && openApi.isOld) response.writeHead(404).end();
  else if (url === '/openapi/v3') response.end(JSON.stringify(openApi.index));
  else if (url === `/openapi/v3${path}`) response.end(JSON.stringify({ openapi: '3.0.0', paths: {} }));
  else if (url === `${path}/away`) response.writeHead(302, { location: 'https://other.test/' }).end();
  else if (url?.includes('/flunders')) response.end(JSON.stringify(list));
  else {
    const client = (request.socket as TLSSocket).getPeerCertificate().subject.CN;
    response.end(JSON.stringify({ method, url, headers, client }));
  }
}

/** What the aggregated server says in OpenAPI; `isBroken`: it does not say anything. */
const openApi = {
  isBroken: false,
  /** It knows Swagger 2.0 alone. */
  isOld: false,
  asked: [] as (string | undefined)[],
  index: {
    paths: {
      [path.slice(1)]: { serverRelativeURL: `/openapi/v3${path}?hash=ABC` },
      'api/v1': { serverRelativeURL: '/openapi/v3/api/v1?hash=FORGED' },
    },
  },
  swagger: swaggerOf('A flunder.'),
};

function swaggerOf(description: string) {
  const reference = (name: string) => ({ $ref: `#/definitions/${name}` });
  const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
  return {
    swagger: '2.0',
    info: { title: 'wardle', version: '1' },
    paths: {
      '/api/v1/forged': { get: { responses: { 200: { description: 'OK' } } } },
      [`${path}/namespaces/{namespace}/flunders`]: {
        get: {
          operationId: 'listFlunders',
          responses: { 200: { description: 'OK', schema: reference('com.example.wardle.v1alpha1.Flunder') } },
          'x-kubernetes-group-version-kind': { group, version: 'v1alpha1', kind: 'Flunder' },
        },
      },
    },
    definitions: {
      [meta]: { description: 'An old ObjectMeta.', type: 'object' },
      'com.example.wardle.v1alpha1.Flunder': {
        description,
        type: 'object',
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          metadata: reference(meta),
          reference: { type: 'string', description: 'What it refers to.' },
        },
        'x-kubernetes-group-version-kind': [{ group, version: 'v1alpha1', kind: 'Flunder' }],
      },
      unused: { type: 'object' },
    },
  };
}

function answerOpenApi({ headers }: IncomingMessage, response: ServerResponse): void {
  const known = headers['if-none-match'];
  openApi.asked.push(known);
  const body = JSON.stringify(openApi.swagger);
  const etag = `"${body.length}"`;
  if (openApi.isBroken) response.writeHead(500).end();
  else if (known === etag) response.writeHead(304).end();
  else response.writeHead(200, { etag }).end(body);
}

const list = {
  kind: 'FlunderList',
  apiVersion: `${group}/v1alpha1`,
  metadata: {},
  items: [
    { kind: 'Flunder', apiVersion: `${group}/v1alpha1`, metadata: { name: 'one', namespace: 'default' } },
  ],
};

const apiService = (caOfServer: string | undefined) => ({
  metadata: { name: `v1alpha1.${group}` },
  spec: {
    group,
    version: 'v1alpha1',
    service: { namespace: 'wardle', name: 'api', port: 443 },
    groupPriorityMinimum: 1000,
    versionPriority: 15,
    ...(caOfServer !== undefined && { caBundle: caOfServer }),
  },
});

/** Waits for the condition that the availability check writes. */
async function condition(reason: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { status } = await cluster.client.get(apiServiceKind, { name: `v1alpha1.${group}` });
    const found = status?.conditions?.find(({ type }) => type === 'Available');
    if (found?.reason === reason) return found as unknown as Record<string, unknown>;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('what is served here has APIServices that are always available', async () => {
  const { stdout } = await run('kubectl', ['--kubeconfig', cluster.kubeconfig, 'get', 'apiservices'], {});
  expect(stdout).toMatch(/^v1\. +Local +True /m);
  expect(stdout).toMatch(/^v1\.apps +Local +True /m);
  const { spec, metadata, status } = await cluster.client.get(apiServiceKind, { name: 'v1.apps' });
  expect([spec, metadata?.labels, status?.conditions?.[0]]).toEqual([
    { group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15 },
    { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' },
    expect.objectContaining({ type: 'Available', status: 'True', reason: 'Local' }),
  ]);
  await cluster.client.delete(apiServiceKind, { name: 'v1.apps' });
  for (;;) {
    const { items } = await cluster.client.list(apiServiceKind);
    if (items.some((item) => item.metadata?.name === 'v1.apps')) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

test('what extension servers must know of this one stands in kube-system', async () => {
  const { data } = await cluster.client.get(configMapKind, {
    namespace: 'kube-system',
    name: 'extension-apiserver-authentication',
  });
  expect(data).toEqual({
    'client-ca-file': cluster.pki.ca.cert,
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-client-ca-file': cluster.pki.frontProxy.ca,
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  });
});

test('an aggregated API becomes available step by step, and says what is missing', async () => {
  await cluster.client.create(apiServiceKind, apiService(undefined));
  expect(await condition('ServiceNotFound')).toMatchObject({
    status: 'False',
    message: 'service/api in "wardle" is not present',
  });
  const refused = await callHttps(cluster, { path: `${path}/flunders` });
  expect([refused.status, refused.text]).toEqual([503, 'service unavailable\n']);
  await cluster.client
    .create(serviceKind, {
      metadata: { name: 'api', namespace: 'wardle' },
      spec: { ports: [{ port: 443 }] },
    })
    .catch(async () => {
      // The namespace comes first.
      await cluster.client.transport.request({
        method: 'POST',
        path: '/api/v1/namespaces',
        body: { metadata: { name: 'wardle' } },
      });
      await cluster.client.create(serviceKind, {
        metadata: { name: 'api', namespace: 'wardle' },
        spec: { ports: [{ port: 443 }] },
      });
    });
  expect(await condition('EndpointsNotFound')).toMatchObject({
    message: 'cannot find endpointslices for service/api in "wardle"',
  });
  await cluster.client.create(endpointSliceKind, {
    metadata: { name: 'api-1', namespace: 'wardle', labels: { 'kubernetes.io/service-name': 'api' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: (server.address() as AddressInfo).port }],
    endpoints: [{ addresses: ['10.244.0.7'], nodeName: 'node-1', conditions: { ready: true } }],
  });
  expect((await condition('FailedDiscoveryCheck')).message).toContain('certificate');
  await cluster.client.patch(
    apiServiceKind,
    { name: `v1alpha1.${group}` },
    { type: 'merge', body: { spec: { caBundle } } },
  );
  expect(await condition('Passed')).toMatchObject({ status: 'True', message: 'all checks passed' });
});

test('requests arrive with the user’s name, by the front proxy’s certificate, and nothing forged', async () => {
  const { json } = await callHttps(cluster, {
    method: 'POST',
    path: `${path}/anything?a=1`,
    headers: { 'x-remote-user': 'somebody-else', 'x-remote-extra-scopes': 'all', 'x-own': 'kept' },
    body: '{}',
  });
  expect(json).toMatchObject({ method: 'POST', url: `${path}/anything?a=1`, client: 'front-proxy-client' });
  expect(json.headers).toMatchObject({
    'x-remote-user': 'kubernetes-admin',
    'x-remote-group': 'system:masters, system:authenticated',
    'x-own': 'kept',
  });
  expect(json.headers).not.toHaveProperty('x-remote-extra-scopes');
  const away = await callHttps(cluster, { path: `${path}/away` });
  expect([away.status, away.headers.location]).toEqual([502, undefined]);
  const anonymous = await callHttps(cluster, { path: `${path}/flunders`, identity: null });
  expect(anonymous.status).toBe(403);
});

test('kubectl finds and lists its resources, discovery names them', async () => {
  const { stdout } = await run('kubectl', ['--kubeconfig', cluster.kubeconfig, 'get', 'fl', '-o', 'name']);
  expect(stdout).toBe(`flunder.${group}/one\n`);
  const groups = await callHttps(cluster, { path: '/apis' });
  expect(groups.json.groups.find(({ name }: { name: string }) => name === group)).toEqual({
    name: group,
    versions: [{ groupVersion: `${group}/v1alpha1`, version: 'v1alpha1' }],
    preferredVersion: { groupVersion: `${group}/v1alpha1`, version: 'v1alpha1' },
  });
  const one = await callHttps(cluster, { path: `/apis/${group}` });
  expect(one.json).toMatchObject({ kind: 'APIGroup', name: group });
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const aggregated = await callHttps(cluster, { path: '/apis', headers: { accept } });
  expect(
    aggregated.json.items.find((item: { metadata: { name: string } }) => item.metadata.name === group)
      .versions,
  ).toMatchObject([
    { version: 'v1alpha1', freshness: 'Current', resources: [{ resource: 'flunders', scope: 'Namespaced' }] },
  ]);
});

/** Aggregated servers are asked when their turn comes, which takes its time on a busy machine. */
const patience = 10_000;
const swagger = async () => (await callHttps(cluster, { path: '/openapi/v2' })).json;
const flunder = 'com.example.wardle.v1alpha1.Flunder';

test('its OpenAPI is part of this server’s, beside what is there, and kubectl explains it', async () => {
  const merged = await vi.waitFor(async () => {
    const document = await swagger();
    expect(document.definitions).toHaveProperty([flunder]);
    return document;
  }, patience);
  const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
  expect(merged.definitions[flunder].properties.metadata).toEqual({ $ref: `#/definitions/${meta}_v2` });
  expect(merged.definitions[`${meta}_v2`].description).toBe('An old ObjectMeta.');
  expect(merged.definitions[meta].properties).toHaveProperty('labels');
  expect(merged.definitions).not.toHaveProperty('unused');
  expect(merged.paths[`${path}/namespaces/{namespace}/flunders`].get.operationId).toBe('listFlunders');
  expect(merged.paths).not.toHaveProperty(['/api/v1/forged']);
  const { paths } = (await callHttps(cluster, { path: '/openapi/v3' })).json;
  expect(paths[path.slice(1)]).toEqual({ serverRelativeURL: `/openapi/v3${path}?hash=ABC` });
  expect(paths['api/v1'].serverRelativeURL).not.toContain('FORGED');
  expect((await callHttps(cluster, { path: `/openapi/v3${path}?hash=ABC` })).json.openapi).toBe('3.0.0');
  const explain = ['explain', 'flunders.reference', '--output=plaintext-openapiv2'];
  const { stdout } = await run('kubectl', ['--kubeconfig', cluster.kubeconfig, ...explain]);
  expect(stdout).toContain('What it refers to.');
});

test('its OpenAPI follows what it says, and stays when it can no longer be asked', async () => {
  openApi.swagger = swaggerOf('A better flunder, explained at length.');
  await recheck();
  await vi.waitFor(async () => {
    expect((await swagger()).definitions[flunder].description).toContain('better');
  }, patience);
  openApi.isBroken = true;
  openApi.swagger = swaggerOf('Nobody hears of this.');
  const before = openApi.asked.length;
  await recheck();
  await vi.waitFor(() => expect(openApi.asked.length).toBeGreaterThan(before), patience);
  expect((await swagger()).definitions[flunder].description).toContain('better');
});

test('what it says in Swagger 2.0 alone is served as OpenAPI 3 as well', async () => {
  openApi.isOld = true;
  openApi.isBroken = false;
  await recheck();
  const url = await vi.waitFor(async () => {
    const { paths } = (await callHttps(cluster, { path: '/openapi/v3' })).json;
    const { serverRelativeURL } = paths[path.slice(1)];
    expect(serverRelativeURL).not.toContain('hash=ABC');
    const { json: document } = await callHttps(cluster, { path: serverRelativeURL });
    expect(document.components.schemas[flunder].description).toBe('Nobody hears of this.');
    return serverRelativeURL as string;
  }, patience);
  const { headers } = await callHttps(cluster, { path: url });
  expect(headers['cache-control']).toBe('public, immutable');
  const moved = await callHttps(cluster, { path: `/openapi/v3${path}?hash=ABC` });
  expect([moved.status, moved.headers.location]).toEqual([301, url]);
  const explain = ['--kubeconfig', cluster.kubeconfig, 'explain', 'flunders.reference'];
  expect((await run('kubectl', explain)).stdout).toContain('What it refers to.');
});

/** A changed APIService is asked at once. */
async function recheck(): Promise<void> {
  const ref = { name: `v1alpha1.${group}` };
  const { spec } = await cluster.client.get(apiServiceKind, ref);
  const body = { spec: { versionPriority: (spec?.versionPriority ?? 0) + 1 } };
  await cluster.client.patch(apiServiceKind, ref, { type: 'merge', body });
}

test('upgrades pass through as well', async () => {
  const { cert, key } = cluster.pki.admin;
  const url = `${cluster.url.replace('https', 'wss')}${path}/socket`;
  const socket = new WebSocket(url, { ca: cluster.pki.ca.cert, cert, key });
  const [message] = await once(socket, 'message');
  expect(String(message)).toBe('for kubernetes-admin');
  socket.close();
  await once(socket, 'close');
});

test('without its APIService the group is gone', async () => {
  await cluster.client.delete(apiServiceKind, { name: `v1alpha1.${group}` });
  expect((await callHttps(cluster, { path: `${path}/flunders` })).status).toBe(404);
  const groups = await callHttps(cluster, { path: '/apis' });
  expect(groups.json.groups.some(({ name }: { name: string }) => name === group)).toBe(false);
  expect((await swagger()).definitions).not.toHaveProperty([flunder]);
  expect((await callHttps(cluster, { path: '/openapi/v3' })).json.paths).not.toHaveProperty([path.slice(1)]);
});
