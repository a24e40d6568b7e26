import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@shared/lib/types.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exec } from '../platform/exec.ts';
import { openFileStore } from './file-store.ts';
import type { AppendHandle } from './log-file.ts';
import type { Store } from './store.ts';

const stamp = (value: JsonObject, revision: number): JsonObject => ({ ...value, revision });

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-disk-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

const put = (store: Store, key: string, value: JsonObject = {}) =>
  store.txn({ compare: [], ops: [{ type: 'put', key, value }] });

const contents = async (store: Store) =>
  Object.fromEntries((await store.range('')).entries.map((entry) => [entry.key, entry.json]));

const systemError = (code: string) => Object.assign(new Error(`${code}: broken by the test`), { code });

/** Opens real files whose operations fail while `faults` says so. */
function faultyDisk() {
  const faults: { write?: string; datasync?: string; truncate?: string; onWrite?: () => void } = {};
  const openAppend = async (path: string): Promise<AppendHandle> => {
    const file = await open(path, 'r+');
    return {
      async write(buffer, offset, length, position) {
        if (!faults.write) return file.write(buffer, offset, length, position);
        // A disk that runs full takes a part first.
        if (length > 10) return file.write(buffer, offset, 10, position);
        faults.onWrite?.();
        throw systemError(faults.write);
      },
      async datasync() {
        if (faults.datasync) throw systemError(faults.datasync);
        await file.datasync();
      },
      async truncate(length) {
        if (faults.truncate) throw systemError(faults.truncate);
        await file.truncate(length);
      },
      close: () => file.close(),
    };
  };
  return { faults, openAppend };
}

describe('a disk that runs full', () => {
  it('rejects what did not fit with DiskFull, keeps the rest, and works again once there is space', async () => {
    const { faults, openAppend } = faultyDisk();
    const store = await openFileStore(dir, { stamp, openAppend });
    const seen: number[] = [];
    store.watch('', 0, (events) => seen.push(...events.map((event) => event.revision)));
    await put(store, '/a');
    const log = join(dir, 'log-0000000000000000.jsonl');
    const before = await readFile(log);
    faults.write = 'ENOSPC';
    for (const result of await Promise.allSettled([put(store, '/a'), put(store, '/b'), put(store, '/c')])) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'AppError', code: 'DiskFull' } });
    }
    expect(await readFile(log)).toEqual(before);
    expect(await contents(store)).toEqual({ '/a': '{"revision":1}' });
    delete faults.write;
    expect(await put(store, '/b')).toMatchObject({ ok: true, revision: 2 });
    expect(seen).toEqual([1, 2]);
    const all = await contents(store);
    await store.close();
    const again = await openFileStore(dir, { stamp });
    expect(again.recovered).toBeUndefined();
    expect(await contents(again)).toEqual(all);
    await again.close();
  });

  it('rejects what was decided meanwhile on the strength of what did not fit', async () => {
    const { faults, openAppend } = faultyDisk();
    const store = await openFileStore(dir, { stamp, openAppend });
    await put(store, '/a');
    let second: Promise<unknown> | undefined;
    faults.write = 'ENOSPC';
    faults.onWrite = () => {
      second = store.txn({ compare: [{ key: '/a', modRevision: 2 }], ops: [{ type: 'delete', key: '/a' }] });
      second.catch(() => {});
    };
    await expect(put(store, '/a')).rejects.toMatchObject({ code: 'DiskFull' });
    await expect(second).rejects.toMatchObject({ code: 'DiskFull' });
    delete faults.write;
    expect(await contents(store)).toEqual({ '/a': '{"revision":1}' });
    expect(await put(store, '/b')).toMatchObject({ ok: true, revision: 2 });
    await store.close();
  });

  it('asks a comparison again when the change that made it fail was given up', async () => {
    const { faults, openAppend } = faultyDisk();
    const store = await openFileStore(dir, { stamp, openAppend });
    faults.write = 'ENOSPC';
    const create = () =>
      store.txn({
        compare: [{ key: '/a', modRevision: 0 }],
        ops: [{ type: 'put', key: '/a', value: {} }],
      });
    const first = create();
    const second = create();
    await expect(first).rejects.toMatchObject({ code: 'DiskFull' });
    delete faults.write;
    expect(await second).toMatchObject({ ok: true, revision: 1 });
    await store.close();
  });

  it('on a real, tiny file system: loses nothing acknowledged and goes on after space is made', async (context) => {
    const mountPoint = join(dir, 'tiny');
    await mkdir(mountPoint);
    const skip = await mountTiny(mountPoint);
    if (skip) {
      console.log(`not tested on a full file system: ${skip}`);
      return context.skip(skip);
    }
    const folder = join(mountPoint, 'store');
    let store: Store | undefined;
    try {
      await writeFile(join(mountPoint, 'ballast'), Buffer.alloc(200_000));
      const full = await openFileStore(folder, { stamp, snapshotMinBytes: 60_000 });
      store = full;
      const acknowledged = new Map<string, number>();
      const codes = new Set<unknown>();
      const fill = async (writer: number) => {
        for (let i = 0; i < 400; i++) {
          const key = `/${writer}/${i}`;
          try {
            const result = await put(full, key, { text: 'x'.repeat(400) });
            if (result.ok) acknowledged.set(key, result.revision);
          } catch (error) {
            codes.add((error as { code?: unknown }).code);
            return;
          }
        }
      };
      await Promise.all([0, 1, 2, 3].map(fill));
      expect([...codes]).toEqual(['DiskFull']);
      const state = async (of: Store) =>
        new Map((await of.range('')).entries.map((entry) => [entry.key, entry.modRevision]));
      expect(sorted(await state(full))).toEqual(sorted(acknowledged));
      await rm(join(mountPoint, 'ballast'));
      const result = await put(full, '/more');
      acknowledged.set('/more', result.ok ? result.revision : 0);
      await full.close();
      store = undefined;
      await writeFile(join(mountPoint, 'ballast'), Buffer.alloc(1_000_000)).catch(() => {});
      await expect(openFileStore(join(mountPoint, 'other'), { stamp })).rejects.toMatchObject({
        code: 'DiskFull',
      });
      await rm(join(mountPoint, 'ballast'));
      store = await openFileStore(folder, { stamp });
      expect(sorted(await state(store))).toEqual(sorted(acknowledged));
    } finally {
      await store?.close();
      await exec('umount', [mountPoint]);
    }
  });
});

const sorted = (map: Map<string, number>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

/** Mounts 512 KB of memory; the reason when that cannot be done here. */
async function mountTiny(path: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root to mount';
  try {
    await exec('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'slipway-test', path]);
    return undefined;
  } catch (error) {
    return `mount failed: ${String(error)}`;
  }
}

describe('a disk that fails', () => {
  it.each([
    ['to flush', { datasync: 'EIO' }],
    ['to write', { write: 'EIO' }],
    ['to cut off what did not fit', { write: 'ENOSPC', truncate: 'EIO' }],
  ])('%s ends all writing for good, while reads go on', async (_name, broken) => {
    const { faults, openAppend } = faultyDisk();
    const store = await openFileStore(dir, { stamp, openAppend });
    await put(store, '/a');
    Object.assign(faults, broken);
    const refusal = { code: 'Internal', message: expect.stringContaining('no further change is accepted') };
    await expect(Promise.all([put(store, '/b'), put(store, '/c')])).rejects.toMatchObject(refusal);
    for (const fault of ['write', 'datasync', 'truncate'] as const) delete faults[fault];
    await expect(put(store, '/d')).rejects.toMatchObject(refusal);
    await expect(store.txn({ compare: [], ops: [{ type: 'delete', key: '/a' }] })).rejects.toMatchObject(
      refusal,
    );
    expect(await contents(store)).toEqual({ '/a': '{"revision":1}' });
    await store.close();
    const again = await openFileStore(dir, { stamp });
    expect(await contents(again)).toMatchObject({ '/a': '{"revision":1}' });
    await again.close();
  });

  it('to open a new log segment leaves the store on the old one', async () => {
    const { openAppend } = faultyDisk();
    let opens = 0;
    const messages: string[] = [];
    const store = await openFileStore(dir, {
      stamp,
      snapshotMinBytes: 500,
      log: (message) => messages.push(message),
      openAppend: (path) => (++opens === 2 ? Promise.reject(systemError('EMFILE')) : openAppend(path)),
    });
    for (let i = 0; i < 40; i++) await put(store, `/k/${i}`);
    const all = await contents(store);
    await store.close();
    expect(messages).toContain('no new log segment could be begun; going on with the old one');
    expect(await readdir(dir)).not.toContain('log-0000000000000007.jsonl');
    const again = await openFileStore(dir, { stamp });
    expect(await contents(again)).toEqual(all);
    await again.close();
  });
});
