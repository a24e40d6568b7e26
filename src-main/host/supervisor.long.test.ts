import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processStart } from '../platform/process-start.ts';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { readControlPlaneState } from './cluster-files.ts';
import { hangLimitMs } from './liveness.ts';
import { type Loss, runSupervisor } from './supervisor.ts';

let dir: string;
let pki: TestCluster['pki'];
const children: ChildProcess[] = [];
const stop = { now: new AbortController() };

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'slipway-supervisor-'));
  stop.now = new AbortController();
  const cluster = await startTestCluster({ https: false });
  pki = cluster.pki;
  await cluster.close();
});
afterEach(() => {
  stop.now.abort();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dir, { recursive: true });
});

/** A process that answers HTTPS and does nothing else, announced as the cluster's control plane. */
async function spawnServer(): Promise<ChildProcess> {
  const script = `const s = require('node:https').createServer({ key: process.env.KEY, cert: process.env.CERT }, (q, r) => {
    if (q.url === '/loop') for (;;);
    r.writeHead(500).end('unwell');
  });
  s.listen(0, '127.0.0.1', () => process.stdout.write(String(s.address().port)));`;
  const env = { ...process.env, KEY: pki.apiServer.key, CERT: pki.apiServer.cert };
  const child = spawn(process.execPath, ['-e', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [port] = await once(child.stdout, 'data');
  const state = {
    pid: child.pid,
    processStart: processStart(child.pid ?? 0),
    startedAt: '',
    port: Number(port),
  };
  writeFileSync(join(dir, 'control-plane.json'), JSON.stringify(state));
  return child;
}

/** Watches until something is lost, `times` times; a restart starts another server. */
function losses(limitMs: number, times = 1): Promise<Loss[]> {
  const seen: Loss[] = [];
  return new Promise((resolve) => {
    const restart = async (loss: Loss) => {
      seen.push(loss);
      if (loss.type === 'silent') process.kill(loss.process.pid, 'SIGKILL');
      await spawnServer();
      if (seen.length === times) {
        stop.now.abort();
        resolve(seen);
      }
    };
    void runSupervisor({ clusterDir: dir, hangLimitMs: limitMs, restart }, stop.now.signal);
  });
}

describe('a control plane', () => {
  test('that ended is started again', async () => {
    const child = await spawnServer();
    const lost = losses(60_000);
    child.kill('SIGKILL');
    expect(await lost).toEqual([{ type: 'ended' }]);
    expect(readControlPlaneState(dir)?.pid).not.toBe(child.pid);
  });

  test('that lives and says nothing, stopped or in an endless loop, is lost as well; unwell is not silent', async () => {
    const first = await spawnServer();
    const lost = losses(1500, 2);
    first.kill('SIGSTOP');
    const next = () => {
      const state = readControlPlaneState(dir);
      return state?.pid === first.pid ? undefined : state;
    };
    while (!next()) await new Promise((resolve) => setTimeout(resolve, 20));
    const second = next();
    get({ port: second?.port, path: '/loop', rejectUnauthorized: false }).on('error', () => undefined);
    expect(await lost).toMatchObject([
      { type: 'silent', process: { pid: first.pid } },
      { type: 'silent', process: { pid: second?.pid } },
    ]);
  });

  test('that misses one question and answers the next is left alone', async () => {
    let asked = 0;
    const server = createServer({ key: pki.apiServer.key, cert: pki.apiServer.cert }, (request, response) => {
      asked += 1;
      if (asked % 3 === 0) response.end('ok');
      else request.socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const state = { pid: process.pid, processStart: processStart(process.pid), startedAt: '', port };
    writeFileSync(join(dir, 'control-plane.json'), JSON.stringify(state));
    const seen: Loss[] = [];
    const running = runSupervisor(
      { clusterDir: dir, hangLimitMs: 1500, restart: async (loss) => void seen.push(loss) },
      stop.now.signal,
    );
    while (asked < 6) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.now.abort();
    await running;
    server.close();
    server.closeAllConnections();
    expect(seen).toEqual([]);
  });

  test('is tried again and again while it cannot be started', async () => {
    const attempts: number[] = [];
    await runSupervisor(
      {
        clusterDir: dir,
        hangLimitMs: 0,
        restart: async (_loss, attempt) => {
          attempts.push(attempt);
          if (attempt < 3) throw new Error('not yet');
          stop.now.abort();
        },
      },
      stop.now.signal,
    );
    expect(attempts).toEqual([1, 2, 3]);
  });
});

test('the limit is 30 s unless the environment says otherwise, in whole seconds', () => {
  expect(hangLimitMs({})).toBe(30_000);
  expect(hangLimitMs({ SLIPWAY_HANG_SECONDS: '0' })).toBe(0);
  expect(() => hangLimitMs({ SLIPWAY_HANG_SECONDS: '5s' })).toThrow('"5s", which is not a number of seconds');
});
