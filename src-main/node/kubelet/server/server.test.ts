import { mkdtemp, rm } from 'node:fs/promises';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@shared/lib/clock.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createAuthority, issueCertificate } from '../../../cluster/certificates.ts';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { FakeRuntime } from '../../../testing/fake-runtime.ts';
import type { Kubelet } from '../kubelet.ts';
import { podUidLabel } from '../pod/labels.ts';
import { RuntimeView } from '../pod/runtime-view.ts';
import type { ReadonlyPod } from '../pod/spec.ts';
import { createKubeletServer, type KubeletServer } from './kubelet-server.ts';

let cluster: TestCluster;
let dir: string;
let runtime: FakeRuntime;
let server: KubeletServer;
let port: number;

beforeAll(async () => {
  cluster = await startTestCluster({ https: false });
});
afterAll(() => cluster.close());

const pod: ReadonlyPod = {
  metadata: { name: 'web', namespace: 'default', uid: 'u1' },
  spec: { containers: [{ name: 'main' }, { name: 'late' }] },
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-server-'));
  runtime = new FakeRuntime({ clock: systemClock, images: ['busybox:1'] });
  await startContainer();
  const kubelet: Kubelet = {
    view: new RuntimeView(runtime),
    pods: () => [pod],
    pod: (namespace, name) => (namespace === 'default' && name === 'web' ? pod : undefined),
    run: () => Promise.resolve(),
  };
  const { ca, apiServer } = cluster.pki;
  server = createKubeletServer({
    kubelet,
    runtime,
    clock: systemClock,
    nodeName: 'node-1',
    cert: apiServer.cert,
    key: apiServer.key,
    clientCa: ca.cert,
    log: () => undefined,
  });
  port = await server.listen(0, '127.0.0.1');
});
afterEach(async () => {
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

async function startContainer(): Promise<void> {
  const user = {
    supplementalGroups: [],
    readonlyRootfs: false,
    privileged: false,
    hostNetwork: false,
    hostPid: false,
    hostIpc: false,
    seccomp: 'Unconfined' as const,
  };
  const labels = { [podUidLabel]: 'u1' };
  const sandbox = await runtime.runPodSandbox({
    metadata: { name: 'web', namespace: 'default', uid: 'u1', attempt: 0 },
    hostname: 'web',
    logDirectory: dir,
    portMappings: [],
    labels,
    annotations: {},
    linux: { ...user, cgroupParent: '', sysctls: {}, shareProcessNamespace: false },
  });
  const id = await runtime.createContainer(sandbox, {
    metadata: { name: 'main', attempt: 0 },
    image: 'busybox:1',
    command: [],
    args: [],
    workingDir: '',
    envs: [],
    mounts: [],
    devices: [],
    labels: {
      ...labels,
      'io.kubernetes.container.name': 'main',
      'io.kubernetes.pod.name': 'web',
      'io.kubernetes.pod.namespace': 'default',
    },
    annotations: {},
    logPath: 'main.log',
    stdin: false,
    stdinOnce: false,
    tty: false,
    linux: {
      ...user,
      resources: {},
      addCapabilities: [],
      dropCapabilities: [],
      pidMode: 'Container',
      noNewPrivileges: false,
      maskedPaths: 'default',
    },
  });
  await runtime.startContainer(id);
}

type Identity = { cert: string; key: string } | null;

function options(path: string, identity: Identity): https.RequestOptions {
  return { host: '127.0.0.1', port, path, agent: false, ca: cluster.pki.ca.cert, ...identity };
}

function get(
  path: string,
  identity: Identity = cluster.pki.kubeletClient,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = https.get(options(path, identity), (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject);
  });
}

test('answers whom the control plane is, and nobody else', async () => {
  expect(await get('/healthz')).toEqual({ status: 200, body: 'ok' });
  await expect(get('/healthz', null)).rejects.toThrow();
  const node = {
    commonName: 'system:node:node-2',
    organizations: ['system:nodes'],
    usages: ['client' as const],
    validDays: 1,
  };
  expect(await get('/healthz', await issueCertificate(cluster.pki.ca, node))).toEqual({
    status: 403,
    body: 'Forbidden (user=system:node:node-2)',
  });
  const strangeAuthority = await createAuthority('strange', 1);
  const stranger = await issueCertificate(strangeAuthority, {
    ...node,
    commonName: 'kube-apiserver-kubelet-client',
  });
  await expect(get('/healthz', stranger)).rejects.toThrow();
});

test('takes an address as long as the API server does: long commands travel in it', async () => {
  expect((await get(`/healthz?command=${'a'.repeat(64 * 1024)}`)).status).toBe(200);
});

test('serves logs, with their refusals', async () => {
  const log = await get('/containerLogs/default/web/main?tailLines=5');
  expect(log).toEqual({ status: 200, body: 'started attempt 0\n' });
  expect(await get('/containerLogs/default/web/late')).toEqual({
    status: 400,
    body: 'container "late" in pod "web" is waiting to start: ContainerCreating',
  });
  expect(await get('/containerLogs/default/web/main?previous=true')).toEqual({
    status: 400,
    body: 'previous terminated container "main" in pod "web" not found',
  });
  expect(await get('/containerLogs/default/none/main')).toEqual({
    status: 404,
    body: 'pod "none" not found',
  });
  expect((await get('/containerLogs/default/web/main?tailLines=x')).status).toBe(400);
});

test('sums up what containers use', async () => {
  const { body } = await get('/stats/summary');
  expect(JSON.parse(body)).toMatchObject({
    node: { nodeName: 'node-1' },
    pods: [
      {
        podRef: { name: 'web', namespace: 'default', uid: 'u1' },
        containers: [{ name: 'main', memory: { workingSetBytes: 1_048_576 } }],
      },
    ],
  });
});

function upgrade(path: string): Promise<{ status: number; socket: net.Socket; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'tcp' };
    const request = https.request({ ...options(path, cluster.pki.kubeletClient), headers });
    request.on('upgrade', (response, socket) =>
      resolve({ status: response.statusCode ?? 0, socket: socket as net.Socket, body: '' }),
    );
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, socket: response.socket, body }));
    });
    request.on('error', reject);
    request.end();
  });
}

test('a tunnel carries bytes both ways and passes on the end of each side', async () => {
  const echo = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (data) => socket.write(String(data).toUpperCase()));
    socket.on('end', () => socket.end('bye'));
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const { status, socket } = await upgrade(
    `/tunnel?address=127.0.0.1&port=${(echo.address() as AddressInfo).port}`,
  );
  expect(status).toBe(101);
  let received = '';
  socket.on('data', (data) => {
    received += String(data);
  });
  const ended = new Promise((resolve) => socket.once('end', resolve));
  socket.write('hello ');
  await expect.poll(() => received).toBe('HELLO ');
  socket.end();
  await ended;
  expect(received).toBe('HELLO bye');
  await new Promise((resolve) => echo.close(resolve));
});

test.each([
  ['/tunnel?address=127.0.0.1&port=0', 400, 'a tunnel needs an address and a port\n'],
  [
    '/exec/default/web/late?command=sh&output=1',
    500,
    'unable to upgrade connection: container not found ("late")\n',
  ],
  ['/portForward/default/none', 404, 'pod does not exist\n'],
])('refuses %s', async (path, status, body) => {
  expect(await upgrade(path)).toMatchObject({ status, body });
});
