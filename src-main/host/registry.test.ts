import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterConfig } from '@shared/rpc/cluster-config.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processStart } from '../platform/process-start.ts';
import { planCluster } from './lifecycle/plan.ts';
import { ClusterRegistry } from './registry.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'slipway-registry-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const open = () => ClusterRegistry.open(dataDir, () => undefined);
const file = (cluster: string, name: string) => join(dataDir, 'clusters', cluster, name);

function addCluster(name: string, change: Partial<ClusterConfig> = {}): void {
  const config = planCluster({ name, driver: 'hollow', nodes: 1 }, { apiPort: 1, now: new Date(0) });
  mkdirSync(join(dataDir, 'clusters', name), { recursive: true });
  writeFileSync(file(name, 'cluster.json'), JSON.stringify({ ...config, ...change }));
}

function addProcess(cluster: string, started: string): void {
  const state = { pid: process.pid, processStart: started, startedAt: '', port: 6443 };
  writeFileSync(file(cluster, 'control-plane.json'), JSON.stringify(state));
}

test('which clusters should run is remembered by the next app', async () => {
  addCluster('a');
  addCluster('b');
  await (await open()).setWanted('b', true);
  expect((await open()).wanted()).toEqual(['b']);
});

test('without the registry file, clusters that run are those that should; it is kept aside', async () => {
  addCluster('a');
  addCluster('b');
  addProcess('b', processStart(process.pid) ?? '');
  writeFileSync(join(dataDir, 'clusters.json'), '{"running": ["a"');
  expect((await open()).wanted()).toEqual(['b']);
  expect(existsSync(join(dataDir, 'clusters.json.broken'))).toBe(true);
});

test.runIf(process.platform === 'linux')(
  'a process that only has the id of a control plane is none',
  async () => {
    addCluster('a');
    addProcess('a', 'an earlier boot:1');
    expect((await open()).summary('a')).toMatchObject({ state: 'stopped', server: null });
  },
);

test('a creation that a crash cut short is a failed cluster that can be deleted', async () => {
  addCluster('a');
  writeFileSync(file('a', 'unfinished'), '');
  const registry = await open();
  expect(registry.summary('a')).toMatchObject({
    state: 'failed',
    error: { remedy: expect.stringContaining('slipway cluster delete a') },
  });
  registry.setState('a', 'creating');
  expect(registry.summary('a')).toMatchObject({ state: 'creating', error: null });
});

test.each([
  ['cut short', (name: string) => writeFileSync(file(name, 'cluster.json'), '{"version": 1')],
  [
    'of another shape',
    (name: string) => writeFileSync(file(name, 'cluster.json'), '{"version": 1, "nodes": [3]}'),
  ],
  [
    'a folder',
    (name: string) => {
      rmSync(file(name, 'cluster.json'));
      mkdirSync(file(name, 'cluster.json'));
    },
  ],
])('a configuration that is %s fails that cluster alone, by name', async (_what, damage) => {
  addCluster('a');
  addCluster('b');
  damage('a');
  expect((await open()).list()).toMatchObject([
    {
      name: 'a',
      state: 'failed',
      error: { code: 'StateCorrupt', remedy: expect.stringContaining('delete a') },
    },
    { name: 'b', state: 'stopped' },
  ]);
});

test('a running cluster says that its nodes are gone while Docker is', async () => {
  const node = { name: 'a-node-1', container: 'slipway-a-node-1', ip: '', podCidr: '', kubeletHostPort: 1 };
  addCluster('a', { driver: 'docker', nodes: [node] });
  addCluster('hollow');
  for (const name of ['a', 'hollow']) addProcess(name, '');
  const registry = await open();
  registry.setDocker({ state: 'stopped', message: 'It does not answer.', remedy: 'Start it.' });
  expect(registry.list()).toMatchObject([
    { name: 'a', state: 'running', error: { code: 'DockerStopped', remedy: 'Start it.' } },
    { name: 'hollow', state: 'running', error: null },
  ]);
  registry.setDocker({ state: 'running', version: '28' });
  expect(registry.summary('a').error).toBeNull();
});
