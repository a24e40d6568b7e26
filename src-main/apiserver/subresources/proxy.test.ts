import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { mutatingAdmissionPolicyKind } from '@shared/kinds/admissionregistration/mutating-admission-policy/kind.ts';
import { mutatingAdmissionPolicyBindingKind } from '@shared/kinds/admissionregistration/mutating-admission-policy-binding/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { kubeletEndpointAnnotation } from '@shared/rpc/cluster-config.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createHollowKubelet } from '../../node/hollow/hollow-kubelet.ts';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { type FakeKubelet, startKubelet } from '../streaming/kubelet.test-fixture.ts';

let cluster: TestCluster;
let kubelet: FakeKubelet;
let backend: ReturnType<typeof createServer>;
let secure: ReturnType<typeof createTlsServer>;
const prefix = '/api/v1/namespaces/default';

beforeAll(async () => {
  cluster = await startTestCluster();
  kubelet = await startKubelet(cluster, 'node-1');
  backend = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  backend.listen(0, '127.0.0.1');
  const { cert, key } = cluster.pki.apiServer;
  secure = createTlsServer({ cert, key }, (_, response) => response.end('over TLS'));
  secure.listen(0, '127.0.0.1');
  await Promise.all([once(backend, 'listening'), once(secure, 'listening')]);
  const sockets = new WebSocketServer({ server: backend, path: '/socket' });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${data}`)));
  await cluster.client.create(nodeKind, {
    metadata: { name: 'node-1', annotations: { [kubeletEndpointAnnotation]: `127.0.0.1:${kubelet.port}` } },
  });
  await cluster.client.create(nodeKind, { metadata: { name: 'hollow-1' } });
  cluster.server.registerLocalKubelet(
    'hollow-1',
    createHollowKubelet({ nodeName: 'hollow-1', clock: systemClock, pods: () => [] }),
  );
  await createPod('web', 'node-1', '10.244.0.5');
  await createPod('simulated', 'hollow-1', '10.244.9.9');
  await createPod('new', 'node-1', undefined);
  await createService('web', [
    { name: 'http', port: 80 },
    { name: 'gone', port: 81 },
  ]);
  await createService('empty', [{ port: 80 }]);
  await cluster.client.create(endpointSliceKind, {
    metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: portOf(backend) }],
    endpoints: [
      { addresses: ['10.244.0.5'], nodeName: 'node-1', conditions: { ready: true } },
      { addresses: ['10.244.0.6'], nodeName: 'nowhere', conditions: { ready: false } },
    ],
  });
});

afterEach(() => void kubelet.requests.splice(0));

afterAll(async () => {
  backend.closeAllConnections();
  secure.closeAllConnections();
  await Promise.all([backend, secure].map((server) => new Promise((resolve) => server.close(resolve))));
  await kubelet.close();
  await cluster.close();
});

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

async function createPod(name: string, nodeName: string, podIP: string | undefined) {
  await cluster.client.create(podKind, {
    metadata: { name, namespace: 'default' },
    spec: {
      nodeName,
      containers: [{ name: 'app', image: 'app', ports: [{ containerPort: portOf(backend) }] }],
    },
  });
  if (podIP === undefined) return;
  const patch = { type: 'merge', body: { status: { podIP, podIPs: [{ ip: podIP }] } } } as const;
  await cluster.client.patch(podKind, { namespace: 'default', name }, patch, { subresource: 'status' });
}

async function createService(name: string, ports: { name?: string; port: number }[]) {
  await cluster.client.create(serviceKind, { metadata: { name, namespace: 'default' }, spec: { ports } });
}

/** Tells what it was asked for; has a page, a redirect and a broken answer. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method, url, headers } = request;
  if (url === '/page' || url === '/zipped') {
    const html = `<a href="/rewriteme">ü</a><img src='/x.png'><a href="rel">r</a><a href="https://other.test/a">o</a>`;
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (url === '/zipped') response.setHeader('content-encoding', 'gzip');
    response.end(url === '/zipped' ? gzipSync(html) : html);
  } else if (url === '/redirect') {
    response.writeHead(302, { location: '/page?x=1', 'x-mark': 'kept' }).end();
  } else if (url === '/broken') {
    response.setHeader('content-length', 100);
    response.write('short');
    setImmediate(() => response.destroy());
  } else {
    response.setHeader('x-connection', headers.connection ?? '');
    response.end(
      JSON.stringify({
        method,
        url,
        headers,
        body: Buffer.concat(chunks).toString('utf8').slice(0, 100),
        size: Buffer.concat(chunks).length,
      }),
    );
  }
}

const get = (path: string, headers: Record<string, string> = {}) =>
  callHttps(cluster, { path: `${prefix}/${path}`, headers });

test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
  '%s reaches a pod with path, query, headers and body',
  async (method) => {
    const body = method === 'GET' ? undefined : `sent by ${method}`;
    const { status, json } = await callHttps(cluster, {
      method,
      path: `${prefix}/pods/web/proxy/a%2Fb//c/?q=1&q=%20x`,
      headers: {
        'x-own': 'yes',
        authorization: 'Basic c2VjcmV0',
        connection: 'close, x-hop',
        'x-hop': 'no',
        ...(body !== undefined && { 'transfer-encoding': 'chunked' }),
      },
      ...(body !== undefined && { body }),
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      method,
      url: '/a%2Fb//c/?q=1&q=%20x',
      body: body ?? '',
      headers: { 'x-own': 'yes' },
    });
    expect(json.headers).not.toHaveProperty('authorization');
    expect(json.headers).not.toHaveProperty('x-hop');
    expect(kubelet.requests).toEqual([
      {
        url: `/tunnel?address=10.244.0.5&port=${portOf(backend)}`,
        client: 'kube-apiserver-kubelet-client',
        protocol: 'tunnel',
      },
    ]);
  },
);

test('a body larger than any object passes', async () => {
  const body = Buffer.alloc(8 * 1024 * 1024, 'x');
  const { json } = await callHttps(cluster, { method: 'POST', path: `${prefix}/pods/web/proxy/big`, body });
  expect(json.size).toBe(body.length);
});

test('policies may send a request elsewhere within its backend', async () => {
  const metadata = { name: 'elsewhere' };
  await cluster.client.create(mutatingAdmissionPolicyKind, {
    metadata,
    spec: {
      matchConstraints: {
        resourceRules: [
          { operations: ['CONNECT'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods/proxy'] },
        ],
      },
      matchConditions: [{ name: 'old', expression: 'object.path.startsWith("/old/")' }],
      mutations: [
        {
          patchType: 'JSONPatch',
          jsonPatch: {
            expression: '[JSONPatch{op: "replace", path: "/path", value: "/new?/a b" + object.path}]',
          },
        },
      ],
      reinvocationPolicy: 'Never',
    },
  });
  await cluster.client.create(mutatingAdmissionPolicyBindingKind, {
    metadata,
    spec: { policyName: 'elsewhere' },
  });
  expect((await get('pods/web/proxy/old/x?q=1')).json.url).toBe('/new%3F/a%20b/old/x?q=1');
  expect((await get('pods/web/proxy/x?q=1')).json.url).toBe('/x?q=1');
  await cluster.client.delete(mutatingAdmissionPolicyBindingKind, metadata);
  await cluster.client.delete(mutatingAdmissionPolicyKind, metadata);
});

test('without a slash behind it, the path is redirected to one', async () => {
  const { status, headers } = await get('pods/web/proxy?a=1');
  expect([status, headers.location]).toEqual([301, `${prefix}/pods/web/proxy/?a=1`]);
});

test('links and redirects of a backend lead back through the proxy', async () => {
  const own = `${prefix}/services/web:http/proxy`;
  const rewritten = `<a href="${own}/rewriteme">ü</a><img src='${own}/x.png'><a href="rel">r</a><a href="https://other.test/a">o</a>`;
  expect((await get('services/web:http/proxy/page')).text).toBe(rewritten);
  const zipped = await get('services/web:http/proxy/zipped', { 'accept-encoding': 'gzip' });
  expect([zipped.text, zipped.headers['content-encoding']]).toEqual([rewritten, 'identity']);
  const { status, headers } = await get('services/web:http/proxy/redirect');
  expect([status, headers.location, headers['x-mark']]).toEqual([302, `${own}/page?x=1`, 'kept']);
});

test('a service: by the name of its port, by its number, over TLS', async () => {
  for (const name of ['web:http', 'web:80', 'http:web:http']) {
    const { json } = await get(`services/${name}/proxy/x`);
    expect(json.url).toBe('/x');
  }
  const { text } = await get(`pods/https:web:${portOf(secure)}/proxy/`);
  expect(text).toBe('over TLS');
});

test.each([
  ['services/empty/proxy/', 503, 'no endpoints available for service "empty"'],
  ['services/web:gone/proxy/', 503, 'no endpoints available for service "web:gone"'],
  ['services/web:9/proxy/', 503, 'no service port 9 found for service "web"'],
  ['services/none/proxy/', 404, 'services "none" not found'],
  ['services/ftp:web:80/proxy/', 400, 'invalid service request "ftp:web:80"'],
  ['pods/none/proxy/', 404, 'pods "none" not found'],
  ['pods/new/proxy/', 400, 'address not allowed'],
  ['pods/web:1/proxy/', 503, 'error trying to reach service: connect ECONNREFUSED 127.0.0.1:1'],
])('%s is refused with %i: %s', async (path, code, message) => {
  const { status, json } = await get(path);
  expect([status, json.kind, json.message]).toEqual([code, 'Status', message]);
});

test('an answer that breaks off does not look whole', async () => {
  await expect(get('pods/web/proxy/broken')).rejects.toThrow();
});

test('a WebSocket to a pod', async () => {
  const { cert, key } = cluster.pki.admin;
  const url = `${cluster.url.replace('https', 'wss')}${prefix}/pods/web/proxy/socket`;
  const socket = new WebSocket(url, { ca: cluster.pki.ca.cert, cert, key });
  await once(socket, 'open');
  socket.send('hello');
  const [message] = await once(socket, 'message');
  expect(String(message)).toBe('echo hello');
  socket.close();
  await once(socket, 'close');
});

test('a simulated pod says that it is one', async () => {
  const { status, text } = await get('pods/simulated/proxy/');
  expect([status, text]).toEqual([
    200,
    'Pod simulated is simulated: node hollow-1 is simulated: nothing listens there.\n',
  ]);
});

test('a node’s kubelet is asked with the certificate of the API server', async () => {
  const { text } = await callHttps(cluster, { path: '/api/v1/nodes/node-1/proxy/logs/x?a=1' });
  expect(text).toBe('first line\nsecond line\n');
  expect(kubelet.requests).toEqual([
    { url: '/logs/x?a=1', client: 'kube-apiserver-kubelet-client', protocol: 'HTTP' },
  ]);
  const gone = await callHttps(cluster, { path: '/api/v1/nodes/none/proxy/healthz' });
  expect([gone.status, gone.json.message]).toEqual([404, 'nodes "none" not found']);
});
