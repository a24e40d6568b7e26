import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ClusterConfig } from '@shared/rpc/cluster-config.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runControlPlane } from './control-plane.ts';

const run = promisify(execFile);
let dir: string;
let apiPort: number;
const running: { stop: AbortController; ended: Promise<void> }[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-cp-'));
  apiPort = await freePort();
});

afterEach(async () => {
  for (const { stop, ended } of running.splice(0)) {
    stop.abort();
    await ended.catch(() => undefined);
  }
  await rm(dir, { recursive: true });
});

test('a cluster of simulated nodes runs pods, and after a restart they are the same', async () => {
  await writeConfig({ hollowNodes: 2 });
  const first = await start();
  await kubectl('create', 'deployment', 'web', '--image=example.test/app', '--replicas=3');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=15s');
  const pods = await kubectl(
    'get',
    'pods',
    '-o',
    'jsonpath={range .items[*]}{.metadata.uid} {.status.phase} {.spec.nodeName}{"\\n"}{end}',
  );
  expect(pods.trim().split('\n')).toHaveLength(3);
  expect(pods).toMatch(/^(\S+ Running test-hollow-[12]\n){3}$/);
  await kubectl('wait', 'node', '--all', '--for=condition=Ready', '--timeout=15s');
  await first.end();
  await expect(readFile(join(dir, 'control-plane.json'))).rejects.toMatchObject({ code: 'ENOENT' });

  await start();
  const same = await kubectl(
    'get',
    'pods',
    '-o',
    'jsonpath={range .items[*]}{.metadata.uid} {.status.phase} {.spec.nodeName}{"\\n"}{end}',
  );
  expect(same).toBe(pods);
});

test('the API server of a cluster of simulated nodes has a simulated address, behind the Service `kubernetes`', async () => {
  await writeConfig({ hollowNodes: 1 });
  await start();
  const get = (kind: string, path: string) =>
    kubectl('get', kind, '-n', 'default', 'kubernetes', '-o', `jsonpath={${path}}`);
  expect(await get('endpoints', '.subsets[0].addresses[*].ip')).toBe('198.18.0.0');
  const slice = '.endpoints[0]';
  expect(await get('endpointslice', `${slice}.addresses[*]} {${slice}.conditions.ready`)).toBe(
    '198.18.0.0 true',
  );
  const service = 'https:kubernetes:https/proxy/readyz';
  expect(await kubectl('get', '--raw', `/api/v1/namespaces/default/services/${service}`)).toContain(
    'is simulated',
  );
});

test('more simulated nodes join when the configuration says so', async () => {
  await writeConfig({ hollowNodes: 1 });
  await start();
  await writeConfig({ hollowNodes: 3 });
  await vi.waitFor(
    async () => expect((await kubectl('get', 'nodes', '-o', 'name')).trim().split('\n')).toHaveLength(3),
    { timeout: 10_000 },
  );
});

test('the scheduler’s reasons can be read', async () => {
  await writeConfig({ hollowNodes: 0 });
  await start();
  await kubectl('run', 'lonely', '--image=example.test/app');
  const path = '/slipway/v1/namespaces/default/pods/lonely/scheduling';
  await vi.waitFor(
    async () =>
      expect(JSON.parse(await kubectl('get', '--raw', path))).toMatchObject({
        chosenNode: null,
        message: 'no nodes available to schedule pods',
      }),
    { timeout: 10_000 },
  );
});

test('a missing gateway address does not keep the cluster from serving', async () => {
  await writeConfig({ gateway: '198.51.100.1' });
  const { log } = await start();
  expect(await kubectl('get', 'ns', 'default', '-o', 'name')).toBe('namespace/default\n');
  await vi.waitFor(() => expect(log).toContain('the address for nodes cannot be had yet'));
});

test('what keeps a cluster from starting is said with a remedy', async () => {
  await expect(
    runControlPlane({ clusterDir: dir, log: () => {} }, new AbortController().signal),
  ).rejects.toMatchObject({ code: 'NotFound' });
  await writeFile(join(dir, 'cluster.json'), '{');
  await expect(
    runControlPlane({ clusterDir: dir, log: () => {} }, new AbortController().signal),
  ).rejects.toMatchObject({ code: 'StateCorrupt' });
  await writeConfig({});
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(apiPort, '127.0.0.1', resolve));
  await expect(
    runControlPlane({ clusterDir: dir, log: () => {} }, new AbortController().signal),
  ).rejects.toMatchObject({
    code: 'PortTaken',
    message: `Port ${apiPort} on 127.0.0.1 is taken by another program.`,
  });
  await new Promise((resolve) => squatter.close(resolve));
  await start(); // nothing is left locked behind the failures
});

async function writeConfig({
  hollowNodes = 0,
  gateway = null,
}: {
  hollowNodes?: number;
  gateway?: string | null;
}): Promise<void> {
  const config: ClusterConfig = {
    version: 1,
    name: 'test',
    uid: '1',
    createdAt: '2026-01-01T00:00:00Z',
    driver: 'hollow',
    apiPort,
    nodes: [],
    hollowNodes,
    network: {
      dockerNetwork: null,
      nodeSubnet: null,
      gateway,
      podCidr: '10.244.0.0/16',
      serviceCidr: '10.96.0.0/16',
      clusterDomain: 'cluster.local',
    },
    size: {},
  };
  await writeFile(join(dir, 'cluster.json'), JSON.stringify(config));
}

async function start() {
  const stop = new AbortController();
  const log: string[] = [];
  const ended = runControlPlane({ clusterDir: dir, log: (message) => log.push(message) }, stop.signal);
  const entry = { stop, ended };
  running.push(entry);
  await Promise.race([
    ended,
    vi.waitFor(() => expect(log).toContain('serving'), { timeout: 15_000, interval: 10 }),
  ]);
  return {
    log,
    async end() {
      stop.abort();
      await ended;
      running.splice(running.indexOf(entry), 1);
    },
  };
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await run('kubectl', ['--kubeconfig', join(dir, 'kubeconfig'), ...args], {
    timeout: 20_000,
  });
  return stdout;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
