import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Seeded, seeded } from '../testing/seeded.ts';
import { openFileStore } from './file-store.ts';
import type { AppendHandle } from './log-file.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-power-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

/** Real files, with a record of how much of each log segment has been flushed. */
function flushRecordingDisk() {
  const flushed = new Map<string, number>();
  const openAppend = async (path: string): Promise<AppendHandle> => {
    const file = await open(path, 'r+');
    let written = (await file.stat()).size;
    flushed.set(basename(path), written);
    return {
      async write(buffer, offset, length, position) {
        const result = await file.write(buffer, offset, length, position);
        written = position + result.bytesWritten;
        return result;
      },
      async datasync() {
        const end = written;
        await file.datasync();
        flushed.set(basename(path), end);
      },
      async truncate(length) {
        await file.truncate(length);
        written = length;
      },
      close: () => file.close(),
    };
  };
  return { flushed, openAppend };
}

/** What the disk may hold if the power fails right now: of bytes not flushed, a part, maybe as zeros. */
function cutPower(
  from: string,
  to: string,
  disk: { flushed: ReadonlyMap<string, number>; random: Seeded },
): void {
  for (const name of readdirSync(from).filter((other) => other.endsWith('.jsonl'))) {
    const bytes = readIfThere(join(from, name));
    if (!bytes) continue;
    const safe = disk.flushed.get(name) ?? bytes.length;
    const survived = safe + disk.random.int(bytes.length - safe + 1);
    const lost = bytes.length - survived;
    // One zero alone in place of a newline is refused as damage, which is right, but not the point here.
    const rest = disk.random.int(3) === 0 && lost > 1 ? lost : 0;
    writeFileSync(join(to, name), Buffer.concat([bytes.subarray(0, survived), Buffer.alloc(rest)]));
  }
}

/** A file that a snapshot has replaced may vanish while the folder is copied. */
function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

describe('power loss at any moment', () => {
  it('keeps every acknowledged write, and beyond them only whole ones in their order', async () => {
    const random = seeded();
    const disk = flushRecordingDisk();
    const folder = join(dir, 'store');
    const options = {
      stamp: (value: object, revision: number) => ({ ...value, revision }),
      snapshotMinBytes: 15_000,
    };
    const store = await openFileStore(folder, { ...options, openAppend: disk.openAppend });
    const acknowledged = new Map<string, number>();
    let images = 0;
    let beyond = 0;

    /** Copies what would have survived at this very moment, then checks it. */
    const checkNow = async () => {
      const image = join(dir, `image-${images++}`);
      await mkdir(image);
      const expected = new Map(acknowledged);
      const revision = Math.max(0, ...expected.values());
      cutPower(folder, image, { flushed: disk.flushed, random });
      const survivor = await openFileStore(image, options);
      const hint = `seed ${random.seed}, image ${images}`;
      expect(survivor.revision, hint).toBeGreaterThanOrEqual(revision);
      beyond += survivor.revision - revision;
      const found = new Map(
        (await survivor.range('')).entries.map((entry) => [entry.key, entry.modRevision]),
      );
      for (const [key, known] of expected)
        expect(found.get(key), `${hint}, ${key}`).toBeGreaterThanOrEqual(known);
      await survivor.close();
      await rm(image, { recursive: true });
    };

    const write = async (writer: number) => {
      for (let i = 0; i < 120; i++) {
        const key = `/${writer}/${i % 10}`;
        const value = { text: 'y'.repeat(random.int(300)) };
        const result = await store.txn({ compare: [], ops: [{ type: 'put', key, value }] });
        if (result.ok) acknowledged.set(key, result.revision);
        if (random.int(20) === 0) await checkNow();
        // Somewhere between the steps of the next group commit.
        if (random.int(20) === 0) setImmediate(() => checks.push(checkNow()));
      }
    };
    const checks: Promise<void>[] = [];
    const writers = [0, 1, 2, 3, 4].map(write);
    await Promise.allSettled(writers);
    await Promise.allSettled(checks);
    await store.close();
    await Promise.all([...writers, ...checks]);
    expect(images).toBeGreaterThan(20);
    expect(beyond, 'some images hold writes that were on their way').toBeGreaterThan(0);
  }, 60_000);
});
