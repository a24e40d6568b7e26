import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@shared/lib/types.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileStore, type FileStoreOptions, openFileStore } from './file-store.ts';
import { CompactedError, type Entry, FutureRevisionError, type StoreEvent } from './store.ts';

const stamp = (value: JsonObject, revision: number): JsonObject => ({ ...value, revision });

let dir: string;
const opened: FileStore[] = [];

async function open(options: Partial<FileStoreOptions> = {}): Promise<FileStore> {
  const store = await openFileStore(dir, { stamp, ...options });
  opened.push(store);
  return store;
}

async function put(store: FileStore, key: string, value: JsonObject): Promise<number> {
  const result = await store.txn({ compare: [], ops: [{ type: 'put', key, value }] });
  return result.ok ? result.revision : 0;
}

async function remove(store: FileStore, key: string): Promise<number> {
  const result = await store.txn({ compare: [], ops: [{ type: 'delete', key }] });
  return result.ok ? result.revision : 0;
}

const plain = (entry: Entry | undefined) => entry && { key: entry.key, ...entry.value };
const describeEvent = (event: StoreEvent) =>
  event.type === 'put'
    ? `${event.revision} put ${event.entry.key}`
    : `${event.revision} delete ${event.previous.key}`;
/** Lets watches deliver what lies in the past. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-store-'));
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await rm(dir, { recursive: true });
});

describe('transactions', () => {
  it('stamp the value, keep its text once and count revisions up by one', async () => {
    const store = await open();
    expect(store.revision).toBe(0);
    const result = await store.txn({ compare: [], ops: [{ type: 'put', key: '/a', value: { n: 1 } }] });
    expect(result.ok && result.revision).toBe(1);
    const entry = await store.get('/a');
    expect(entry && { ...entry, value: entry.value }).toEqual({
      key: '/a',
      value: { n: 1, revision: 1 },
      json: '{"n":1,"revision":1}',
      createRevision: 1,
      modRevision: 1,
      expiresAt: undefined,
    });
    await put(store, '/a', { n: 2 });
    expect(await store.get('/a')).toMatchObject({ createRevision: 1, modRevision: 2 });
  });

  it('do nothing and answer the current entries when a comparison fails', async () => {
    const store = await open();
    await put(store, '/a', { n: 1 });
    const result = await store.txn({
      compare: [
        { key: '/a', modRevision: 1 },
        { key: '/b', modRevision: 7 },
      ],
      ops: [{ type: 'delete', key: '/a' }],
    });
    expect(result.ok).toBe(false);
    expect(!result.ok && result.current.map(plain)).toEqual([{ key: '/a', n: 1, revision: 1 }, undefined]);
    expect(store.revision).toBe(1);
  });

  it('compare against transactions not yet acknowledged while reads do not see those', async () => {
    const store = await open();
    const create = (n: number) =>
      store.txn({
        compare: [{ key: '/a', modRevision: 0 }],
        ops: [{ type: 'put', key: '/a', value: { n } }],
      });
    const [first, second] = [create(1), create(2)];
    expect(await store.get('/a')).toBeUndefined();
    expect((await first).ok).toBe(true);
    const refused = await second;
    expect(!refused.ok && refused.current.map(plain)).toEqual([{ key: '/a', n: 1, revision: 1 }]);
    expect(store.revision).toBe(1);
  });

  it('change several keys at one revision', async () => {
    const store = await open();
    await put(store, '/a', { n: 1 });
    const result = await store.txn({
      compare: [],
      ops: [
        { type: 'put', key: '/b', value: { n: 2 } },
        { type: 'delete', key: '/a' },
        { type: 'delete', key: '/none' },
      ],
    });
    expect(result.ok && result.entries.map(plain)).toEqual([
      { key: '/b', n: 2, revision: 2 },
      { key: '/a', n: 1, revision: 1 },
      undefined,
    ]);
    expect(store.revision).toBe(2);
  });

  it('that change nothing take no revision', async () => {
    const store = await open();
    await remove(store, '/none');
    expect(await store.txn({ compare: [{ key: '/none', modRevision: 0 }], ops: [] })).toEqual({
      ok: true,
      revision: 0,
      entries: [],
    });
    expect(store.revision).toBe(0);
  });

  it('naming a key twice are refused', async () => {
    const store = await open();
    const op = { type: 'delete', key: '/a' } as const;
    await expect(store.txn({ compare: [], ops: [op, op] })).rejects.toThrow('names /a once');
  });

  it('freeze what they store, all the way down', async () => {
    const store = await open();
    await put(store, '/a', { deep: { list: [{ n: 1 }] } });
    const deep = (await store.get('/a'))?.value.deep as { list: { n: number }[] };
    expect(() => deep.list.push({ n: 2 })).toThrow(TypeError);
  });
});

describe('range', () => {
  it('answers keys in order, with limit, continuation and the number that remains', async () => {
    const store = await open();
    for (const key of ['/b/2', '/a/1', '/b/1', '/b', '/c', '/b/3']) await put(store, key, {});
    const page = async (options: { limit?: number; after?: string }) => {
      const { entries, remaining } = await store.range('/b/', options);
      return { keys: entries.map((entry) => entry.key), remaining };
    };
    expect(await page({})).toEqual({ keys: ['/b/1', '/b/2', '/b/3'], remaining: 0 });
    expect(await page({ limit: 2 })).toEqual({ keys: ['/b/1', '/b/2'], remaining: 1 });
    expect(await page({ limit: 2, after: '/b/2' })).toEqual({ keys: ['/b/3'], remaining: 0 });
    expect(await page({ after: '/c' })).toEqual({ keys: [], remaining: 0 });
    expect(await page({ after: '/a', limit: 1 })).toEqual({ keys: ['/b/1'], remaining: 2 });
  });

  it('and get answer the state of an earlier revision', async () => {
    const store = await open();
    await put(store, '/p/a', { n: 1 });
    await put(store, '/p/b', { n: 1 });
    await put(store, '/p/a', { n: 2 });
    await remove(store, '/p/b');
    await put(store, '/p/c', { n: 1 });
    const at = async (revision: number) => (await store.range('/p/', { at: revision })).entries.map(plain);
    const a1 = { key: '/p/a', n: 1, revision: 1 };
    const b1 = { key: '/p/b', n: 1, revision: 2 };
    const a2 = { key: '/p/a', n: 2, revision: 3 };
    expect(await at(0)).toEqual([]);
    expect(await at(1)).toEqual([a1]);
    expect(await at(2)).toEqual([a1, b1]);
    expect(await at(3)).toEqual([a2, b1]);
    expect(await at(4)).toEqual([a2]);
    expect(await store.range('/p/', { at: 2, limit: 1 })).toMatchObject({ revision: 2, remaining: 1 });
    expect(plain(await store.get('/p/b', { at: 3 }))).toEqual(b1);
    expect(await store.get('/p/b', { at: 4 })).toBeUndefined();
    await expect(store.get('/p/b', { at: 6 })).rejects.toThrow(FutureRevisionError);
  });
});

describe('watch', () => {
  it('delivers the past first, then what comes, of its prefix only', async () => {
    const store = await open();
    await put(store, '/a/1', {});
    await put(store, '/b/1', {});
    await put(store, '/a/2', {});
    const seen: string[] = [];
    const watch = store.watch('/a/', 1, (events) => seen.push(...events.map(describeEvent)));
    expect(seen).toEqual([]);
    await turn();
    expect(seen).toEqual(['3 put /a/2']);
    await remove(store, '/a/1');
    expect(seen).toEqual(['3 put /a/2', '4 delete /a/1']);
    watch.dispose();
    await put(store, '/a/3', {});
    expect(seen).toHaveLength(2);
  });

  it('gives every watcher every change once and in order while writers run side by side', async () => {
    const store = await open({ snapshotMinBytes: 4096 });
    const logs: number[][] = [];
    const watchFrom = (after: number) => {
      const revisions: number[] = [];
      logs.push(revisions);
      store.watch('/', after, (events) => revisions.push(...events.map((event) => event.revision)));
    };
    watchFrom(0);
    const writer = async (name: number) => {
      for (let i = 0; i < 50; i++) {
        const revision = await put(store, `/w${name}/${i % 7}`, { i });
        if (i % 10 === name) watchFrom(revision);
      }
    };
    await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(writer));
    await turn();
    expect(store.revision).toBe(400);
    for (const revisions of logs) {
      const first = revisions[0] ?? 0;
      expect(revisions).toEqual(Array.from({ length: 400 - first + 1 }, (_, i) => first + i));
    }
    expect(logs[0]?.[0]).toBe(1);
  });

  it('goes on for others when one listener throws, and that is reported', async () => {
    const messages: string[] = [];
    const store = await open({ log: (message) => messages.push(message) });
    const seen: string[] = [];
    store.watch('/', 0, () => {
      throw new Error('broken listener');
    });
    store.watch('/', 0, (events) => seen.push(...events.map(describeEvent)));
    await put(store, '/a', {});
    expect(seen).toEqual(['1 put /a']);
    expect(messages).toEqual(['a watch listener threw']);
  });
});

describe('compaction', () => {
  it('forgets history before the revision and keeps the state, also over a restart', async () => {
    let store = await open();
    await put(store, '/a', { n: 1 });
    await put(store, '/a', { n: 2 });
    await put(store, '/a', { n: 3 });
    await store.compact(2);
    const check = async () => {
      expect(store.compactedRevision).toBe(2);
      await expect(store.get('/a', { at: 1 })).rejects.toThrow(CompactedError);
      expect(plain(await store.get('/a', { at: 2 }))).toMatchObject({ n: 2 });
      expect(() => store.watch('/', 1, () => {})).toThrow(CompactedError);
      const seen: string[] = [];
      store.watch('/', 2, (events) => seen.push(...events.map(describeEvent)));
      await turn();
      expect(seen).toEqual(['3 put /a']);
    };
    await check();
    await store.close();
    store = await open();
    await check();
    await expect(store.compact(9)).rejects.toThrow(FutureRevisionError);
  });

  it('happens by itself when history outgrows its budget', async () => {
    const store = await open({ historyMaxEvents: 10 });
    for (let i = 0; i < 25; i++) await put(store, '/a', { i });
    expect(store.compactedRevision).toBe(15);
    const small = { text: 'x'.repeat(1000) };
    const bytes = await openFileStore(join(dir, 'bytes'), { stamp, historyMaxBytes: 5000 });
    for (let i = 0; i < 25; i++) await put(bytes, '/a', small);
    expect(bytes.compactedRevision).toBe(21);
    await bytes.close();
  });
});

describe('after a restart', () => {
  it('everything is as before: entries, revisions, history', async () => {
    const before = await open();
    await put(before, '/a', { text: 'ä€😀 "quoted" \n \u2028 ,"values":[' });
    await put(before, '/b', { n: 1 });
    await put(before, '/a', { n: 2 });
    await remove(before, '/b');
    const all = (await before.range('')).entries.map((entry) => ({ ...entry, value: entry.value }));
    await before.close();

    const store = await open();
    expect(store.recovered).toBeUndefined();
    expect(store.revision).toBe(4);
    expect((await store.range('')).entries.map((entry) => ({ ...entry, value: entry.value }))).toEqual(all);
    expect(plain(await store.get('/a', { at: 1 }))).toMatchObject({
      text: 'ä€😀 "quoted" \n \u2028 ,"values":[',
    });
    expect(await put(store, '/b', {})).toBe(5);
    expect(await store.get('/b')).toMatchObject({ createRevision: 5 });
  });

  it('the newest snapshot and the log behind it give the state, and older files are gone', async () => {
    const before = await open({ snapshotMinBytes: 2000 });
    for (let i = 0; i < 300; i++) await put(before, `/k/${i % 40}`, { i });
    await remove(before, '/k/7');
    const all = (await before.range('')).entries.map(plain);
    await before.close();
    const names = await readdir(dir);
    expect(names.filter((name) => name.startsWith('snapshot-'))).toHaveLength(1);

    const store = await open();
    expect(store.revision).toBe(301);
    expect((await store.range('')).entries.map(plain)).toEqual(all);
    expect(store.compactedRevision).toBeGreaterThan(0);
  });
});
