import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isReason } from '@shared/api/status.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { kubeletEndpointAnnotation } from '@shared/rpc/cluster-config.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { issueNodeCertificate } from '../../cluster/pki.ts';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';

const run = promisify(execFile);

/** A TLS server that behaves as a kubelet: answers logs, and on exec echoes what it was asked for. */
interface FakeKubelet {
  readonly requests: { url: string; client: string }[];
  readonly port: number;
  close(): Promise<void>;
}

let cluster: TestCluster;
let kubelet: FakeKubelet;

beforeEach(async () => {
  cluster = await startTestCluster();
  kubelet = await startKubelet(cluster, 'node-1');
  await cluster.client.create(nodeKind, {
    metadata: { name: 'node-1', annotations: { [kubeletEndpointAnnotation]: `127.0.0.1:${kubelet.port}` } },
  });
  await cluster.client.create(podKind, pod('web'));
});

afterEach(async () => {
  await cluster.close();
  await kubelet.close();
});

test('logs come from the kubelet of the pod’s node, with what was asked for', async () => {
  await bind('web');
  const { stdout } = await kubectl('logs', 'web', '--tail=5', '--timestamps');
  expect(stdout).toBe('first line\nsecond line\n');
  expect(kubelet.requests).toEqual([
    {
      url: '/containerLogs/default/web/app?timestamps=true&tailLines=5',
      client: 'kube-apiserver-kubelet-client',
    },
  ]);
});

test('an error of the kubelet becomes a Status with its text', async () => {
  await bind('web');
  await expect(kubectl('logs', 'web', '--previous')).rejects.toMatchObject({
    stderr: expect.stringContaining('previous terminated container "app" in pod "web" not found'),
  });
});

test('kubectl exec runs over an upgraded connection, bytes untouched in both directions', async () => {
  await bind('web');
  const { stdout } = await kubectl('exec', 'web', '--', 'echo', 'a b', 'ü');
  expect(stdout).toBe('ran: echo|a b|ü');
  expect(kubelet.requests[0]?.client).toBe('kube-apiserver-kubelet-client');
});

test('exec is refused before the upgrade with a Status', async () => {
  await expect(kubectl('exec', 'web', '--', 'true')).rejects.toMatchObject({
    stderr: expect.stringContaining('pod web does not have a host assigned'),
  });
  await bind('web');
  await expect(kubectl('exec', 'web', '-c', 'nope', '--', 'true')).rejects.toMatchObject({
    stderr: expect.stringContaining('container nope is not valid for pod web'),
  });
  await expect(kubectl('exec', 'missing', '--', 'true')).rejects.toMatchObject({
    stderr: expect.stringContaining('pods "missing" not found'),
  });
});

test('a kubelet that is gone is an error, not a hang', async () => {
  await bind('web');
  await kubelet.close();
  await expect(kubectl('logs', 'web')).rejects.toMatchObject({
    stderr: expect.stringContaining('error dialing backend'),
  });
  await expect(kubectl('exec', 'web', '--', 'true')).rejects.toMatchObject({
    stderr: expect.stringContaining('error dialing backend'),
  });
});

test('a kubelet with the certificate of another node is not believed', async () => {
  const impostor = await startKubelet(cluster, 'node-2');
  await cluster.client.patch(
    nodeKind,
    { name: 'node-1' },
    {
      type: 'merge',
      body: { metadata: { annotations: { [kubeletEndpointAnnotation]: `127.0.0.1:${impostor.port}` } } },
    },
  );
  await bind('web');
  await expect(kubectl('logs', 'web')).rejects.toMatchObject({
    stderr: expect.stringContaining('error dialing backend'),
  });
  expect(impostor.requests).toEqual([]);
  await impostor.close();
});

test('a kubelet in this process answers for its node', async () => {
  await bind('web');
  const text = new TextEncoder().encode('simulated\n');
  const registration = cluster.server.registerLocalKubelet('node-1', {
    async logs() {
      return Object.assign(
        (async function* () {
          yield text;
        })(),
        { dispose() {} },
      );
    },
    async upgrade() {},
  });
  expect((await kubectl('logs', 'web')).stdout).toBe('simulated\n');
  registration.dispose();
  expect((await kubectl('logs', 'web')).stdout).toBe('first line\nsecond line\n');
});

test('several containers: the caller must choose', async () => {
  await cluster.client.create(podKind, pod('two', ['a', 'b']));
  const logs = cluster.client.transport.request({
    method: 'GET',
    path: '/api/v1/namespaces/default/pods/two/log',
  });
  await expect(logs).rejects.toSatisfy(
    (error) =>
      isReason(error, 'BadRequest') &&
      String(error).includes('a container name must be specified for pod two, choose one of: [a b]'),
  );
});

function kubectl(...args: string[]) {
  return run('kubectl', ['--kubeconfig', cluster.kubeconfig, ...args], { timeout: 15_000 });
}

function pod(name: string, containers = ['app']) {
  return {
    metadata: { name, namespace: 'default' },
    spec: { containers: containers.map((container) => ({ name: container, image: 'example.test/app' })) },
  };
}

async function bind(name: string): Promise<void> {
  await cluster.client.post(podKind, { namespace: 'default', name }, 'binding', {
    target: { kind: 'Node', name: 'node-1' },
  });
}

async function startKubelet({ dir }: TestCluster, nodeName: string): Promise<FakeKubelet> {
  const certificate = await issueNodeCertificate(join(dir, 'pki'), { nodeName, ips: ['127.0.0.1'] });
  const requests: { url: string; client: string }[] = [];
  const server: Server = createServer({
    cert: certificate.cert,
    key: certificate.key,
    ca: certificate.ca,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const note = (message: { url?: string | undefined; socket: unknown }) => {
    const subject = (message.socket as import('node:tls').TLSSocket).getPeerCertificate().subject;
    requests.push({ url: message.url ?? '', client: String(subject.CN) });
  };
  server.on('request', (message, response) => {
    note(message);
    if (message.url?.includes('previous=true')) {
      response.statusCode = 400;
      response.end('previous terminated container "app" in pod "web" not found');
    } else response.end('first line\nsecond line\n');
  });
  const sockets = new WebSocketServer({
    server,
    handleProtocols: (offered) => (offered.has('v5.channel.k8s.io') ? 'v5.channel.k8s.io' : false),
  });
  sockets.on('connection', (socket, message) => {
    note(message);
    const command = new URL(message.url ?? '', 'https://kubelet').searchParams.getAll('command');
    socket.send(Buffer.concat([Buffer.from([1]), Buffer.from(`ran: ${command.join('|')}`)]));
    socket.send(Buffer.concat([Buffer.from([3]), Buffer.from('{"metadata":{},"status":"Success"}')]));
    socket.close(1000);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    requests,
    port: (server.address() as AddressInfo).port,
    async close() {
      if (!server.listening) return;
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
