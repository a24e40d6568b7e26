import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './lock.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-lock-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

/** Larger than any process id Linux gives out. */
const deadPid = 2 ** 30;

describe('lockFolder', () => {
  it('refuses a second holder, naming the first, until it is released', async () => {
    const lock = await lockFolder(dir);
    await expect(lockFolder(dir)).rejects.toMatchObject({
      code: 'AlreadyRunning',
      message: `${dir} is in use by process ${process.pid}`,
    });
    await lock.release();
    await (await lockFolder(dir)).release();
    expect(await readdir(dir)).toEqual(['lock-000000002']);
  });

  it('takes over the lock of a dead process and one that is no lock at all', async () => {
    await writeFile(join(dir, 'lock-000000001'), JSON.stringify({ pid: deadPid, started: 'x' }));
    await (await lockFolder(dir)).release();
    await writeFile(join(dir, 'lock-000000007'), 'garbage');
    await (await lockFolder(dir)).release();
    expect(await readdir(dir)).toEqual(['lock-000000008']);
  });

  it.runIf(process.platform === 'linux')('takes over when another process has the pid by now', async () => {
    await writeFile(
      join(dir, 'lock-000000001'),
      JSON.stringify({ pid: process.pid, started: 'earlier boot:1' }),
    );
    await (await lockFolder(dir)).release();
  });

  it('lets exactly one of many take over a dead lock', async () => {
    for (let round = 1; round <= 20; round++) {
      await writeFile(join(dir, 'lock-000000001'), JSON.stringify({ pid: deadPid, started: 'x' }));
      const results = await Promise.allSettled(Array.from({ length: 12 }, () => lockFolder(dir)));
      const winners = results.filter((result) => result.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'AlreadyRunning' });
      }
      await winners[0]?.value.release();
    }
  });
});
