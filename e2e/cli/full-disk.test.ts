import { existsSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run, Slipway, until } from '../harness/slipway.ts';

/** The data folder is a disk of its own, which these tests fill. */
const slipway = new Slipway();
const filler = join(slipway.dataDir, 'filler');
const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', slipway.dataDir]);
if (mounted.status !== 0) console.warn(`tests of a full disk did not run: ${mounted.stderr.trim()}`);
const onDisk = test.skipIf(mounted.status !== 0);

beforeAll(async () => {
  if (mounted.status === 0)
    await slipway.must('cluster', 'create', 'old', '--driver', 'hollow', '--nodes', '1');
});
afterAll(async () => {
  free();
  await slipway.close({ keepFolder: mounted.status === 0 });
  await run('umount', [slipway.dataDir]);
  rmSync(slipway.dataDir, { recursive: true, force: true });
});

/** Leaves so many bytes. */
function fill(leave: number): void {
  const { bavail, bsize } = statfsSync(slipway.dataDir);
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
}

function free(): void {
  rmSync(filler, { force: true });
}

const read = (file: string) => JSON.parse(readFileSync(join(slipway.dataDir, file), 'utf8'));
const names = async () =>
  (JSON.parse(await slipway.must('cluster', 'list', '-o', 'json')) as { name: string }[]).map(
    ({ name }) => name,
  );

onDisk('without room for a cluster none is begun, and it is said how much is needed', async () => {
  fill(10 * 2 ** 20);
  const { status, stderr, stdout } = await slipway.cli('cluster', 'create', 'new', '--driver', 'hollow');
  free();
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(
    /There is too little space on the disk of \S+ \(\d+ MiB of 80 MiB left\)\. Free some, so that there are at least 64 MiB, or choose another disk with --data-dir, and try again; nothing that was saved is lost\.\n$/,
  );
  expect(await names()).toEqual(['old']);
});

onDisk(
  'a disk that fills up while nodes come up: the same sentence, nothing is left, the app lives',
  async () => {
    const { pid } = read('app.json');
    const creating = slipway.cli(
      'cluster',
      'create',
      'new',
      '--driver',
      'hollow',
      '--nodes',
      '2000',
      '-o',
      'json',
    );
    await until('it is begun', async () => existsSync(join(slipway.dataDir, 'clusters/new/cluster.json')));
    fill(700 * 1024);
    const { status, stdout } = await creating;
    free();
    expect(status).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: 'DiskFull',
      message: expect.stringMatching(
        /^The control plane (cannot store anything|has ended|ended while starting): there is too little space on the disk of \S+clusters\/new \(0 MiB of 80 MiB left\)\.$/,
      ),
      remedy: expect.stringContaining('at least 64 MiB'),
    });
    expect(await names()).toEqual(['old']);
    expect(read('app.json').pid).toBe(pid);
  },
);

onDisk(
  'a cluster goes on where neither its objects nor its log find room, and takes changes again later',
  async () => {
    const state = () => read('clusters/old/control-plane.json').pid;
    const pid = state();
    await slipway.kubeconfig('old');
    fill(0);
    const refused = await slipway.kubectl('old', [
      'create',
      'configmap',
      'late',
      `--from-literal=a=${'x'.repeat(9000)}`,
    ]);
    expect([refused.status, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/No space is left to write \S+; the change was not made\./),
    ]);
    expect(await slipway.get('old', 'get', 'nodes', '-o', 'name')).toBe('node/old-hollow-1');
    free();
    await slipway.get('old', 'create', 'configmap', 'late');
    expect(state()).toBe(pid);
  },
);

onDisk('a cluster that cannot start for want of room says so, and starts when there is some', async () => {
  await slipway.must('cluster', 'stop', 'old');
  fill(0);
  const { status, stderr } = await slipway.cli('cluster', 'start', 'old');
  free();
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /(too little space on the disk of|no space left on the disk to write|No space is left to write) \S+/i,
  );
  expect(stderr).toMatch(/[Ff]ree some/);
  await slipway.must('cluster', 'start', 'old');
  expect(await slipway.get('old', 'get', 'configmap', 'late', '-o', 'name')).toBe('configmap/late');
});
