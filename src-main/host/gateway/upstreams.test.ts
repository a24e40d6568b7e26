import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import { streamSubprotocol } from '@shared/rpc/frames.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { processStart } from '../../platform/process-start.ts';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { ClusterRegistry } from '../registry.ts';
import { type CallTable, RpcSockets } from './rpc-socket.ts';
import { type Gateway, openGateway } from './server.ts';
import { Upstreams } from './upstreams.ts';

let dataDir: string;
let registry: ClusterRegistry;
let upstreams: Upstreams;
let gateway: Gateway;
const token = 'a-token';
const session = { authorization: `Bearer ${token}` };

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'slipway-upstreams-'));
  registry = await ClusterRegistry.open(dataDir, () => undefined);
  upstreams = new Upstreams(registry);
  gateway = await openGateway(
    {
      token,
      rendererDir: dataDir,
      rpc: new RpcSockets({} as CallTable),
      reach: (name) => upstreams.reach(name),
    },
    0,
  );
  mkdirSync(registry.dir('dev'), { recursive: true });
  writeFileSync(
    join(registry.dir('dev'), 'cluster.json'),
    JSON.stringify({ version: 1, name: 'dev', apiPort: 1, nodes: [], hollowNodes: 1, network: {} }),
  );
});
afterEach(async () => {
  await gateway.close();
  upstreams.close();
  rmSync(dataDir, { recursive: true });
});

interface Answer {
  status: number | undefined;
  retryAfter: string | undefined;
  body: { reason?: string; message?: string; items?: unknown };
}

function ask(path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port: gateway.port, path, method, headers: { ...session, ...headers } },
      (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode,
            retryAfter: response.headers['retry-after'],
            body: JSON.parse(body),
          }),
        );
      },
    );
    asked.on('error', reject).end();
  });
}

const pods = '/clusters/dev/api/v1/pods';

/** As a control plane announces itself: this process, at the given port. */
function announce(port: number, { ca, admin }: TestCluster['pki']): void {
  const dir = registry.dir('dev');
  const state = { pid: process.pid, processStart: processStart(process.pid), startedAt: '', port };
  writeFileSync(join(dir, 'control-plane.json'), JSON.stringify(state));
  mkdirSync(join(dir, 'pki'), { recursive: true });
  const files = { 'ca.crt': ca.cert, 'admin.crt': admin.cert, 'admin.key': admin.key };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, 'pki', file), text);
}

describe('a cluster whose API does not answer', () => {
  test('is unknown: 404', async () => {
    expect(await ask('/clusters/other/api')).toMatchObject({
      status: 404,
      retryAfter: undefined,
      body: { kind: 'Status', reason: 'NotFound', message: 'There is no cluster "other".' },
    });
  });

  test.each([
    [
      'stopped',
      async () => undefined,
      '10',
      'Cluster "dev" is stopped. Start it with "slipway cluster start dev".',
    ],
    [
      'being started',
      async () => registry.setState('dev', 'starting'),
      '1',
      'Cluster "dev" is starting: its control plane does not answer yet.',
    ],
    [
      'being stopped',
      async () => registry.setState('dev', 'stopping'),
      '10',
      'Cluster "dev" is being stopped.',
    ],
    [
      'crashed a moment ago',
      async () => registry.setWanted('dev', true),
      '1',
      'The control plane of cluster "dev" has ended and is being started again.',
    ],
    [
      'failed',
      async () =>
        registry.setState(
          'dev',
          'failed',
          new AppError({ code: 'PortTaken', message: 'Port 1 is taken.', remedy: 'End that.' }),
        ),
      '10',
      'Cluster "dev" does not run. Port 1 is taken. End that.',
    ],
  ])('is %s: 503 that says so, and when to try again', async (_what, prepare, retryAfter, message) => {
    await prepare();
    expect(await ask(pods)).toMatchObject({
      status: 503,
      retryAfter,
      body: { kind: 'Status', reason: 'ServiceUnavailable', code: 503, message },
    });
  });

  test('says so to upgrades as well, and within the frames of a stream', async () => {
    const upgrade = await ask(`${pods}/a/exec`, 'GET', { connection: 'Upgrade', upgrade: 'websocket' });
    expect(upgrade).toMatchObject({ status: 503, retryAfter: '10', body: { reason: 'ServiceUnavailable' } });
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}${pods}?watch=1`, streamSubprotocol, {
      headers: session,
    });
    const frames: unknown[] = [];
    socket.on('message', (data) => frames.push(JSON.parse(String(data))));
    const [code] = await once(socket, 'close');
    expect({ code, frames }).toMatchObject({
      code: 1000,
      frames: [{ status: 503 }, { kind: 'Status', reason: 'ServiceUnavailable' }],
    });
  });
});

describe('a control plane that goes away under a request', () => {
  let broken: Server;
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await startTestCluster();
    broken = createServer((socket) => socket.once('data', () => socket.destroy()));
    broken.listen(0, '127.0.0.1');
    await once(broken, 'listening');
  });
  afterEach(async () => {
    broken.close();
    await cluster.close();
  });
  const portOf = (server: Server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  };

  test('is worth another try when the request only reads, and leaves open whether a change was made', async () => {
    announce(portOf(broken), cluster.pki);
    expect(await ask(pods)).toMatchObject({ status: 503, retryAfter: '1' });
    expect(await ask(pods, 'DELETE')).toMatchObject({
      status: 503,
      retryAfter: undefined,
      body: { message: expect.stringContaining('Whether it did what was asked is not known') },
    });
    broken.close();
    expect(await ask(pods, 'DELETE')).toMatchObject({ status: 503, retryAfter: '1' });
  });

  test('answers again by itself once it is back', async () => {
    expect((await ask(pods)).status).toBe(503);
    announce(Number(new URL(cluster.url).port), cluster.pki);
    expect(await ask(pods)).toMatchObject({ status: 200, body: { kind: 'PodList', items: [] } });
  });
});
