import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { promisify } from 'node:util';
import { isReason } from '@shared/api/status.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { kubeletEndpointAnnotation } from '@shared/rpc/cluster-config.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { type FakeKubelet, startKubelet } from './kubelet.test-fixture.ts';

const run = promisify(execFile);

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
      protocol: 'HTTP',
    },
  ]);
});

test('an error of the kubelet becomes a Status with its text', async () => {
  await bind('web');
  await expect(kubectl('logs', 'web', '--previous')).rejects.toMatchObject({
    stderr: expect.stringContaining('previous terminated container "app" in pod "web" not found'),
  });
});

/** Both ways in which kubectl asks for streams; the kubelet is asked for SPDY either way. */
const modes = [
  ['WebSockets', 'true'],
  ['SPDY', 'false'],
] as const;

test.each(modes)(
  'kubectl exec over %s: output, input to its end, and the exit code',
  async (_, webSockets) => {
    await bind('web');
    const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets };
    const { stdout, stderr } = await kubectlWith({ env }, 'exec', 'web', '--', 'echo', 'a b', 'ü');
    expect([stdout, stderr]).toEqual(['ran: echo|a b|ü', 'to stderr']);
    expect(kubelet.requests[0]).toMatchObject({ client: 'kube-apiserver-kubelet-client' });
    expect(kubelet.requests[0]?.protocol).toMatch(/^SPDY v[45]\.channel\.k8s\.io$/);
    const input = 'x'.repeat(2_000_000);
    const piped = await kubectlWith({ env, input }, 'exec', '-i', 'web', '--', 'cat');
    expect(piped.stdout).toBe(`ran: cat${input}`);
    await expect(kubectlWith({ env }, 'exec', 'web', '--', 'exit', '42')).rejects.toMatchObject({ code: 42 });
  },
);

test.each(modes)('kubectl port-forward over %s: several connections at once', async (_, webSockets) => {
  await bind('web');
  await cluster.client.patch(
    podKind,
    { namespace: 'default', name: 'web' },
    { type: 'merge', body: { status: { phase: 'Running' } } },
    { subresource: 'status' },
  );
  const controller = new AbortController();
  const forward = execFile(
    'kubectl',
    ['--kubeconfig', cluster.kubeconfig, 'port-forward', 'pod/web', `${await freePort()}:8080`],
    {
      signal: controller.signal,
      env: { ...process.env, KUBECTL_PORT_FORWARD_WEBSOCKETS: webSockets },
    },
    () => undefined,
  );
  let said = '';
  forward.stdout?.on('data', (text: string) => {
    said += text;
  });
  while (!said.includes('Forwarding from 127.0.0.1:')) await once(forward.stdout ?? forward, 'data');
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
  const answers = await Promise.all(['one', 'two', 'three'].map((text) => ask(port, text)));
  expect(answers).toEqual(['8080:ONE', '8080:TWO', '8080:THREE']);
  controller.abort();
  await once(forward, 'close');
  expect(kubelet.requests.at(-1)).toMatchObject({
    url: expect.stringMatching(/^\/portForward\/default\/web/),
    protocol: 'SPDY portforward.k8s.io',
  });
});

test('a terminal’s sizes reach the container', async () => {
  await bind('web');
  const socket = webSocket('exec?command=sh&stdin=true&stdout=true&tty=true&container=app', [
    'v5.channel.k8s.io',
  ]);
  await once(socket, 'message');
  socket.send(Buffer.concat([Buffer.of(4), Buffer.from('{"Width":120,"Height":40}')]));
  socket.send(Buffer.concat([Buffer.of(0), Buffer.from('typed')]));
  const [echo] = (await once(socket, 'message')) as [Buffer];
  expect(echo.toString()).toBe('\x01typed');
  socket.send(Buffer.of(255, 0));
  const [status] = (await once(socket, 'message')) as [Buffer];
  expect(status.toString()).toBe('\x03{"metadata":{},"status":"Success"}');
  await once(socket, 'close');
  expect(kubelet.resizes).toEqual(['{"Width":120,"Height":40}']);
});

test('older WebSocket protocols pass through to the runtime', async () => {
  await bind('web');
  const socket = webSocket('exec?command=date&stdout=true&container=app', ['v4.channel.k8s.io']);
  const [output] = (await once(socket, 'message')) as [Buffer];
  expect([socket.protocol, output.toString()]).toEqual(['v4.channel.k8s.io', '\x01ran: date']);
  await once(socket, 'close');
  expect(kubelet.requests[0]?.protocol).toBe('WebSocket');
});

test.each([
  ['binary.k8s.io', 'first line\nsecond line\n'],
  ['base64.binary.k8s.io', Buffer.from('first line\nsecond line\n').toString('base64')],
])('a log is read over a WebSocket that speaks %s, to its end', async (protocol, text) => {
  await bind('web');
  const socket = webSocket('log?container=app', ['unheard.of', protocol]);
  const messages: string[] = [];
  socket.on('message', (data: Buffer) => messages.push(data.toString()));
  const [code] = await once(socket, 'close');
  expect([socket.protocol, code, messages]).toEqual([protocol, 1000, ['', text]]);
});

test('a log over a WebSocket is refused as one over HTTP is', async () => {
  await bind('web');
  const refused = async (path: string, protocols: string[]) => {
    const [, response] = await once(webSocket(path, protocols), 'unexpected-response');
    return response.statusCode;
  };
  expect(await refused('log?container=nope', ['binary.k8s.io'])).toBe(400);
  expect(await refused('log?container=app', ['unheard.of'])).toBe(400);
});

test('a container that dies with its kubelet is told as a failure', async () => {
  await bind('web');
  const socket = webSocket('exec?command=sh&stdin=true&stdout=true&container=app', ['v5.channel.k8s.io']);
  await once(socket, 'message');
  await kubelet.close();
  const [status] = (await once(socket, 'message')) as [Buffer];
  expect(status.toString()).toContain('the connection to the kubelet broke off');
  await once(socket, 'close');
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
  return kubectlWith({}, ...args);
}

function kubectlWith(
  { env = {}, input }: { env?: Record<string, string>; input?: string },
  ...args: string[]
) {
  const running = run('kubectl', ['--kubeconfig', cluster.kubeconfig, ...args], {
    timeout: 15_000,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...env },
  });
  running.child.stdin?.end(input);
  return running;
}

function webSocket(path: string, protocols: string[]): WebSocket {
  const { cert, key } = cluster.pki.admin;
  const url = `${cluster.url.replace('https', 'wss')}/api/v1/namespaces/default/pods/web/${path}`;
  return new WebSocket(url, protocols, { ca: cluster.pki.ca.cert, cert, key });
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Sends a line through a forwarded port and reads all that comes back. */
async function ask(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return answer;
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
