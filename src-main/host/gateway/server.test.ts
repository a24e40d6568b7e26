import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import { noCluster } from './refusals.ts';
import { type CallTable, RpcSockets } from './rpc-socket.ts';
import { type Gateway, openGateway } from './server.ts';

let folder: string;
let gateway: Gateway;
const token = 'a-token';
const reach = (name: string) => ({ refusal: noCluster(name) });
const calls = {
  'cluster.list': async () => [],
  'cluster.kubeconfig': async () => {
    throw new AppError({ code: 'NotFound', message: 'There is no cluster "x".' });
  },
} as Partial<CallTable> as CallTable;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-gateway-'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Slipway</title>');
  gateway = await openGateway({ token, rendererDir: folder, rpc: new RpcSockets(calls), reach }, 0);
});
afterEach(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: gateway.port, path, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

const session = { cookie: `slipway-session=${token}` };

test('without the token nothing is served; the token in the address opens a session', async () => {
  expect((await get('/')).status).toBe(401);
  expect((await get('/?token=wrong')).status).toBe(401);
  const opened = await get(`/?token=${token}`);
  expect(opened.status).toBe(303);
  expect(opened.headers['set-cookie']).toEqual([
    `slipway-session=${token}; Path=/; HttpOnly; SameSite=Strict`,
  ]);
  const page = await get('/', session);
  expect(page.status).toBe(200);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
});

test('another host name (DNS rebinding) and another origin are refused even with the token', async () => {
  expect((await get('/', { ...session, host: 'evil.example' })).status).toBe(421);
  expect((await get(`/?token=${token}`, { host: 'evil.example' })).status).toBe(421);
  expect((await get('/', { ...session, origin: 'https://evil.example' })).status).toBe(403);
  expect((await get('/', { ...session, origin: `http://127.0.0.1:${gateway.port}` })).status).toBe(200);
});

test('files outside the window’s folder cannot be reached', async () => {
  for (const path of [
    '/../../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '/%00',
  ]) {
    expect((await get(path, session)).status).toBe(404);
  }
});

test('calls are answered over the WebSocket, failures with code and sentence', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/rpc`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const answers: unknown[] = [];
  const three = new Promise<void>((resolve) =>
    socket.on('message', (data) => {
      if (answers.push(JSON.parse(String(data))) === 3) resolve();
    }),
  );
  socket.send(JSON.stringify({ id: 1, method: 'cluster.list', params: {} }));
  socket.send(JSON.stringify({ id: 2, method: 'cluster.kubeconfig', params: { name: 'x' } }));
  socket.send(JSON.stringify({ id: 3, method: '__proto__', params: {} }));
  await three;
  socket.terminate();
  expect(answers).toContainEqual({ id: 1, result: [] });
  expect(answers).toContainEqual({ id: 2, error: { code: 'NotFound', message: 'There is no cluster "x".' } });
  expect(answers).toContainEqual(
    expect.objectContaining({ id: 3, error: expect.objectContaining({ code: 'InvalidArgument' }) }),
  );
});

test('a WebSocket from another origin or without token is turned away', async () => {
  const status = (headers: Record<string, string>) =>
    new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/rpc`, { headers });
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.once('error', () => undefined);
    });
  expect(await status({})).toBe(401);
  expect(await status({ authorization: `Bearer ${token}`, origin: 'https://evil.example' })).toBe(403);
});

test('garbage on the socket ends that connection only', async () => {
  const closed = new Promise((resolve) =>
    connect(gateway.port, '127.0.0.1')
      .on('close', resolve)
      .on('error', () => undefined)
      .resume()
      .end('\u0000\u0001 nonsense\r\n\r\n'),
  );
  await closed;
  expect((await get('/', session)).status).toBe(200);
});

test('in development the files come from Vite’s server, still behind the session', async () => {
  const vite = createServer((request, response) => response.end(`compiled ${request.url}`)).listen(
    0,
    '127.0.0.1',
  );
  await new Promise((resolve) => vite.once('listening', resolve));
  const address = vite.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const options = {
    token,
    rendererDir: folder,
    devServer: new URL(`http://127.0.0.1:${port}`),
    rpc: new RpcSockets(calls),
    reach,
  };
  await gateway.close();
  gateway = await openGateway(options, 0);
  expect((await get('/main.tsx', session)).body).toBe('compiled /main.tsx');
  expect((await get('/main.tsx')).status).toBe(401);
  vite.close();
  vite.closeAllConnections();
});
