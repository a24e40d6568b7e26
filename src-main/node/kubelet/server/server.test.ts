import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { cluster, get, options, serverFixture } from './server.test-fixture.ts';

serverFixture();

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
    body: 'pod "none" does not exist',
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
