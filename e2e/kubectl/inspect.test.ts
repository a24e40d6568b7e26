import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchKubectl } from '../../scripts/lib/kubectl.mjs';
import { run, Slipway, until } from '../harness/slipway.ts';

/** Looking into a cluster: events, copies of pods to debug, nodes, dumps; pods that only live for one command. */

const cluster = 'e2e-inspect';
const slipway = new Slipway();
const folder = mkdtempSync(join(tmpdir(), 'slipway-e2e-inspect-'));
let kubeconfig: string;

beforeAll(async () => {
  await slipway.must('cluster', 'create', cluster, '--driver', 'hollow', '--nodes', '2');
  kubeconfig = await slipway.kubeconfig(cluster);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await slipway.close();
});

describe.each(['sid', 'trixie', 'bookworm'] as const)('kubectl of Debian %s', (suite) => {
  const isOld = suite === 'bookworm'; // 1.20 has no `events`
  const kubectl = (...args: string[]) =>
    run(fetchKubectl(suite), ['--kubeconfig', kubeconfig, '-n', suite, ...args]);
  const ok = async (...args: string[]) => {
    const { status, stdout, stderr } = await kubectl(...args);
    if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const image = '--image=example.test/app';
  const running = (name: string) =>
    until(
      `${name} runs`,
      async () => (await ok('get', 'pod', name, '-o', 'jsonpath={.status.phase}')) === 'Running',
    );

  beforeAll(async () => {
    await ok('create', 'namespace', suite);
    await ok('run', 'app', image, '--port=80');
    await running('app');
  });

  test('events, of all and of one', async () => {
    if (isOld) {
      // Whatever it does not know, it takes for the name of a plugin.
      expect((await kubectl('events')).stderr).toContain('flags cannot be placed before plugin name');
      return;
    }
    expect(await ok('events', '--for', 'pod/app')).toMatch(
      /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n.* Normal +Scheduled +Pod\/app +Successfully assigned/,
    );
    expect(await ok('events', '--types=Normal')).toContain('Pod/app');
    const none = await kubectl('events', '--types=Warning');
    expect(none.stderr).toContain(`No events found in ${suite} namespace.`);
  });

  test('wait --for=delete ends when the object is gone', async () => {
    await ok('run', 'short', image);
    const waited = ok('wait', '--for=delete', 'pod/short', '--timeout=60s');
    await ok('delete', 'pod', 'short', '--wait=false');
    expect(await waited).toBe('pod/short condition met');
    expect((await kubectl('get', 'pod', 'short')).status).toBe(1);
  });

  test('run --rm takes the pod away once it has ended', async () => {
    const ran = kubectl('run', 'once', '--rm', '-i', '--restart=Never', image, '--', 'true');
    await until('once runs', async () => {
      const { stdout } = await kubectl('get', 'pod', 'once', '-o', 'jsonpath={.status.phase}');
      return stdout === 'Running';
    });
    // A simulated pod ends when somebody says so.
    const ended = ['--subresource', 'status', '-p', '{"status":{"phase":"Succeeded"}}'];
    await slipway.get(cluster, '-n', suite, 'patch', 'pod', 'once', ...ended);
    const { status, stdout } = await ran;
    expect([status, stdout]).toEqual([0, expect.stringContaining('pod "once" deleted')]);
    expect((await kubectl('get', 'pod', 'once')).status).toBe(1);
  });

  test('cluster-info dump writes what there is, with logs', async () => {
    const place = join(folder, suite);
    await ok('cluster-info', 'dump', '--output-directory', place, '--namespaces', suite);
    const pods = JSON.parse(readFileSync(join(place, suite, 'pods.json'), 'utf8'));
    expect(pods.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toContain('app');
    expect(JSON.parse(readFileSync(join(place, 'nodes.json'), 'utf8')).items).toHaveLength(2);
    expect(readFileSync(join(place, suite, 'app/logs.txt'), 'utf8')).toContain('is simulated');
  });

  test('debug --copy-to runs a copy with one more container', async () => {
    await ok(
      'debug',
      'app',
      '--image=busybox',
      '--copy-to=app-debug',
      '--container=shell',
      '--',
      'sleep',
      '1',
    );
    await running('app-debug');
    const containers = 'jsonpath={.spec.containers[*].name} {.spec.containers[1].command}';
    expect(await ok('get', 'pod', 'app-debug', '-o', containers)).toBe('app shell ["sleep","1"]');
    expect(await ok('get', 'pod', 'app', '-o', 'jsonpath={.spec.containers[*].name}')).toBe('app');
  });

  test('debug node/NAME runs a pod there that sees the node', async () => {
    const node = await ok('get', 'node', '-o', 'jsonpath={.items[0].metadata.name}');
    const said = await ok('debug', `node/${node}`, '--image=busybox', '--', 'sleep', '1');
    const [, name = ''] = /pod (node-debugger-\S+) with container \S+ on node/.exec(said) ?? [];
    await running(name);
    const facts =
      'jsonpath={.spec.nodeName} {.spec.hostPID} {.spec.hostNetwork} {.spec.volumes[0].hostPath.path} {.spec.containers[0].volumeMounts[0].mountPath}';
    expect(await ok('get', 'pod', name, '-o', facts)).toBe(`${node} true true / /host`);
  });
});
