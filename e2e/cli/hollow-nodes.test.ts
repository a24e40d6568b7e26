import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../scripts/lib/shell.mjs';
import { Slipway, until } from '../harness/slipway.ts';

const slipway = new Slipway();
const get = (...args: string[]) => slipway.get('sim', ...args);
const nodeNames = async () => (await get('get', 'nodes', '-o', 'name')).split('\n').filter(Boolean);
const remove = (node: string) => slipway.cli('node', 'remove', node, '--cluster', 'sim');

beforeAll(() => slipway.must('cluster', 'create', 'sim', '--driver', 'hollow', '--nodes', '3'));
afterAll(() => slipway.close());

describe('simulated nodes', () => {
  test('one is removed, its pods move or are named as lost, and it stays away after a restart', async () => {
    await get('create', 'deployment', 'web', '--image=example.test/app', '--replicas=6');
    await get('rollout', 'status', 'deployment/web', '--timeout=30s');
    const lonely = { spec: { nodeName: 'sim-hollow-2' } };
    await get('run', 'lonely', '--image=example.test/app', `--overrides=${JSON.stringify(lonely)}`);
    await slipway.must('node', 'remove', 'sim-hollow-2', '--cluster', 'sim');
    expect(await nodeNames()).toEqual(['node/sim-hollow-1', 'node/sim-hollow-3']);
    await get('rollout', 'status', 'deployment/web', '--timeout=30s');
    const hosts = (await get('get', 'pods', '-o', 'jsonpath={.items[*].spec.nodeName}')).split(' ');
    expect([hosts.length, hosts.includes('sim-hollow-2')]).toEqual([6, false]);
    expect(await get('get', 'leases', '-n', 'kube-node-lease', '-o', 'name')).not.toContain('sim-hollow-2');

    await slipway.must('cluster', 'stop', 'sim');
    await slipway.must('cluster', 'start', 'sim');
    expect(await nodeNames()).toEqual(['node/sim-hollow-1', 'node/sim-hollow-3']);
    expect(await slipway.must('node', 'list', '--cluster', 'sim')).not.toContain('sim-hollow-2');
    await slipway.must('node', 'add', '--driver', 'hollow', '--cluster', 'sim');
    expect(await nodeNames()).toHaveLength(3);
  });

  test('an unknown node, an unknown cluster and a stopped one are each one sentence', async () => {
    expect(await remove('Bad_Name')).toMatchObject({
      status: 1,
      stderr: 'slipway: Cluster "sim" has no node "Bad_Name". See "slipway node list --cluster sim".\n',
    });
    expect(await slipway.cli('node', 'remove', 'a', '--cluster', 'nope')).toMatchObject({
      status: 1,
      stderr: 'slipway: There is no cluster "nope". See "slipway cluster list".\n',
    });
    await slipway.must('cluster', 'stop', 'sim');
    expect(await remove('sim-hollow-1')).toMatchObject({
      status: 1,
      stderr:
        'slipway: Cluster "sim" is not running. Start it with "slipway cluster start sim" and try again.\n',
    });
    await slipway.must('cluster', 'start', 'sim');
  });

  test('of two removals at once one is told to wait', async () => {
    const both = await Promise.all([remove('sim-hollow-1'), remove('sim-hollow-3')]);
    const refused = both.filter(({ status }) => status !== 0);
    for (const { stderr } of refused) expect(stderr).toContain('Cluster "sim" is being changed just now.');
    expect(await nodeNames()).toHaveLength(1 + refused.length);
  });

  test('also the last one goes: pods wait, and run when there is a node again', async () => {
    for (const node of await nodeNames()) {
      const { stderr } = await remove(node.replace('node/', ''));
      if ((await nodeNames()).length === 0) expect(stderr).toContain('it was the last one: pods wait');
    }
    await until('new pods wait', async () =>
      (await get('get', 'pods', '-o', 'jsonpath={.items[*].status.phase}')).includes('Pending'),
    );
    await slipway.must('node', 'add', '--driver', 'hollow', '--cluster', 'sim');
    await get('rollout', 'status', 'deployment/web', '--timeout=30s');
  });
});

/** The command on a terminal of its own (`script` of util-linux), with what a person types when asked. */
async function onTerminal(typed: string, ...args: string[]): Promise<string> {
  const command = [process.execPath, join(root, 'out/main/cli.js'), ...args, '--data-dir', slipway.dataDir]
    .map((word) => `'${word}'`)
    .join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, CI: '' } });
  let output = '';
  child.stdout.on('data', (chunk) => {
    const before = output;
    output += String(chunk);
    if (output.includes('[y/N]') && !before.includes('[y/N]')) child.stdin.write(typed);
  });
  await once(child, 'close');
  return output;
}

test('deleting asks on a terminal, and only there', async () => {
  const exists = async () => (await slipway.must('cluster', 'list')).includes('asked');
  await slipway.must('cluster', 'create', 'asked', '--driver', 'hollow', '--nodes', '2');
  const refused = await onTerminal('n\n', 'cluster', 'delete', 'asked');
  expect(refused).toContain('Delete cluster asked with its 2 nodes and everything in it? [y/N]');
  expect(refused).toContain('Nothing was deleted. Answer y, or give --yes.');
  expect(await onTerminal('\u0004', 'cluster', 'delete', 'asked')).toContain('Nothing was deleted.');
  expect(await exists()).toBe(true);
  await onTerminal('y\n', 'cluster', 'delete', 'asked');
  expect(await exists()).toBe(false);
  await slipway.must('cluster', 'create', 'asked', '--driver', 'hollow', '--nodes', '1');
  expect(await onTerminal('', 'cluster', 'delete', 'asked', '--yes')).not.toContain('[y/N]');
  expect(await exists()).toBe(false);
});
