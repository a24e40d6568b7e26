import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findKubectl } from '../../scripts/lib/kubectl.mjs';
import { root } from '../../scripts/lib/shell.mjs';
import { run, Slipway, until } from '../harness/slipway.ts';

const slipway = new Slipway();
afterAll(() => slipway.close());

const list = async () =>
  JSON.parse(await slipway.must('cluster', 'list', '-o', 'json')) as { name: string; state: string }[];

test('an empty data folder lists no clusters', async () => {
  expect(await slipway.must('cluster', 'list')).toBe('NAME   STATE   DRIVER   NODES   SERVER\n');
});

test('bad names, drivers and clusters that do not exist are one sentence with a remedy', async () => {
  expect(await slipway.cli('cluster', 'create', 'Bad_Name')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(
      '"Bad_Name" cannot be a cluster\'s name. Use at most 30 lowercase letters',
    ),
  });
  expect(await slipway.cli('cluster', 'create', 'a', '--driver', 'vm')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('Use docker or hollow.'),
  });
  expect(await slipway.cli('cluster', 'stop', 'nope')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('There is no cluster "nope". See "slipway cluster list".'),
  });
  expect(JSON.parse((await slipway.cli('cluster', 'stop', 'nope', '-o', 'json')).stdout)).toMatchObject({
    error: { code: 'NotFound' },
  });
});

test('a hollow cluster is created, stopped and started with the same objects, without Docker', async () => {
  await slipway.must('cluster', 'create', 'one', '--driver', 'hollow', '--nodes', '2');
  await slipway.get('one', 'create', 'configmap', 'kept', '--from-literal=a=b');
  expect(await slipway.cli('cluster', 'create', 'one', '--driver', 'hollow')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('There is a cluster "one" already.'),
  });
  await slipway.must('cluster', 'stop', 'one');
  expect(await list()).toMatchObject([{ name: 'one', state: 'stopped' }]);
  await slipway.must('cluster', 'start', 'one');
  expect(await slipway.get('one', 'get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe('b');
});

test('a killed control plane comes back by itself with everything acknowledged', async () => {
  const stateFile = join(slipway.dataDir, 'clusters/one/control-plane.json');
  for (let round = 0; round < 3; round += 1) {
    await slipway.get('one', 'create', 'configmap', `round-${round}`);
    process.kill(JSON.parse(readFileSync(stateFile, 'utf8')).pid, 'SIGKILL');
    await until(
      'the API answers',
      async () =>
        (await slipway.get('one', 'get', 'configmap', `round-${round}`, '-o', 'name')) ===
        `configmap/round-${round}`,
    );
  }
});

test('damaged state stops that cluster only, is named with file and line, and can be repaired', async () => {
  await slipway.must('cluster', 'create', 'two', '--driver', 'hollow', '--nodes', '1');
  await slipway.must('cluster', 'stop', 'one');
  const store = join(slipway.dataDir, 'clusters/one/store');
  const log =
    readdirSync(store)
      .filter((name) => name.includes('log') || name.includes('segment'))
      .sort()
      .at(-1) ?? '';
  const lines = readFileSync(join(store, log), 'utf8').split('\n');
  const middle = Math.floor(lines.length / 2);
  lines[middle] = (lines[middle] ?? '').replace(/[a-z]/, '~');
  writeFileSync(join(store, log), lines.join('\n'));
  const refused = await slipway.cli('cluster', 'start', 'one');
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('slipway cluster repair one') });
  expect(refused.stderr).toContain(log);
  expect(await list()).toMatchObject([
    { name: 'one', state: 'failed' },
    { name: 'two', state: 'running' },
  ]);
  expect(await slipway.must('cluster', 'repair', 'one')).toContain('the damaged files are in');
  await slipway.must('cluster', 'start', 'one');
  expect(await slipway.get('one', 'get', 'namespace', 'default', '-o', 'name')).toBe('namespace/default');
});

test('a torn last line, as a crash leaves it, is no damage', async () => {
  await slipway.must('cluster', 'stop', 'two');
  const store = join(slipway.dataDir, 'clusters/two/store');
  const log =
    readdirSync(store)
      .filter((name) => name.includes('log') || name.includes('segment'))
      .sort()
      .at(-1) ?? '';
  const lastLine = readFileSync(join(store, log), 'utf8').trimEnd().split('\n').at(-1) ?? '';
  appendFileSync(join(store, log), lastLine.slice(0, lastLine.length / 2));
  await slipway.must('cluster', 'start', 'two');
});

const instancePid = () => JSON.parse(readFileSync(join(slipway.dataDir, 'app.json'), 'utf8')).pid as number;

test('a cluster whose app was killed can be stopped at once, and one whose port was taken moves', async () => {
  process.kill(instancePid(), 'SIGKILL');
  await slipway.must('cluster', 'stop', 'two');
  const config = join(slipway.dataDir, 'clusters/two/cluster.json');
  const { apiPort } = JSON.parse(readFileSync(config, 'utf8'));
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(apiPort, '127.0.0.1', resolve));
  try {
    await slipway.must('cluster', 'start', 'two');
    const moved = JSON.parse(readFileSync(config, 'utf8')).apiPort as number;
    expect(moved).not.toBe(apiPort);
    expect(await slipway.must('cluster', 'kubeconfig', 'two')).toContain(`https://127.0.0.1:${moved}`);
  } finally {
    other.close();
  }
});

test('an app killed while it creates a cluster ends the command and leaves a failed cluster, whose name is free', async () => {
  const creating = slipway.cli('cluster', 'create', 'cut', '--driver', 'hollow', '--nodes', '500');
  await until('the creation has begun', async () =>
    existsSync(join(slipway.dataDir, 'clusters/cut/cluster.json')),
  );
  process.kill(instancePid(), 'SIGKILL');
  expect(await creating).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('Slipway ended before this was done.'),
  });
  expect((await list()).find(({ name }) => name === 'cut')).toMatchObject({
    state: 'failed',
    error: { remedy: expect.stringContaining('slipway cluster delete cut') },
  });
  expect(await slipway.cli('cluster', 'start', 'cut')).toMatchObject({ status: 1 });
  await slipway.must('cluster', 'create', 'cut', '--driver', 'hollow', '--nodes', '1');
});

test('a cluster with a damaged configuration fails alone and can be deleted', async () => {
  await slipway.must('cluster', 'stop', 'cut');
  writeFileSync(join(slipway.dataDir, 'clusters/cut/cluster.json'), '{"version": 1');
  expect((await list()).find(({ name }) => name === 'cut')).toMatchObject({ state: 'failed' });
  await slipway.must('cluster', 'delete', 'cut');
  expect(existsSync(join(slipway.dataDir, 'clusters/cut'))).toBe(false);
});

test('wrong flags are one sentence, as JSON when asked for', async () => {
  expect(await slipway.cli('cluster', 'create', 'a', '--nope')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /^slipway: Unknown option '--nope'\. .*See "slipway cluster create --help"\.\n$/,
    ),
  });
  const { stdout } = await slipway.cli('node', 'add', '-o', 'json');
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'InvalidArgument' } });
});

test('a context that was merged goes with its cluster', async () => {
  const file = join(slipway.dataDir, 'mine');
  writeFileSync(file, 'apiVersion: v1\nkind: Config\nclusters: [] # of mine\n');
  const slipwayWith = (...args: string[]) =>
    run(process.execPath, [join(root, 'out/main/cli.js'), ...args, '--data-dir', slipway.dataDir], {
      env: { KUBECONFIG: file },
    });
  const contexts = async () =>
    (await run(findKubectl() ?? '', ['--kubeconfig', file, 'config', 'get-contexts', '-o', 'name'])).stdout;
  await slipway.must('cluster', 'create', 'merged', '--driver', 'hollow', '--nodes', '1');
  expect(await slipwayWith('cluster', 'kubeconfig', 'merged', '--merge')).toMatchObject({ status: 0 });
  expect(await contexts()).toBe('slipway-merged\n');
  expect(await slipwayWith('cluster', 'delete', 'merged')).toMatchObject({
    status: 0,
    stdout: `The context slipway-merged is out of ${file}.\n`,
  });
  expect(await contexts()).toBe('');
  expect(readFileSync(file, 'utf8')).toContain('# of mine');
});

test('delete removes the folder', async () => {
  await slipway.must('cluster', 'delete', 'two');
  expect(existsSync(join(slipway.dataDir, 'clusters/two'))).toBe(false);
});

test('serve names the running app instead of starting a second one', async () => {
  expect(await slipway.must('serve')).toMatch(
    /^Slipway already runs \(process \d+\): http:\/\/127\.0\.0\.1:\d+\/\?token=/,
  );
});
