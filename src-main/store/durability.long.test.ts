import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@shared/lib/types.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seeded } from '../testing/seeded.ts';
import { type FileStore, type FileStoreOptions, openFileStore } from './file-store.ts';
import { loadFolder } from './recovery.ts';
import { repairFileStore, revisionGap } from './repair.ts';
import { CompactedError, type Store } from './store.ts';

const stamp = (value: JsonObject, revision: number): JsonObject => ({ ...value, revision });

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-durability-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

const openStore = (options: Partial<FileStoreOptions> = {}): Promise<FileStore> =>
  openFileStore(dir, { stamp, clusterName: 'demo', ...options });

const put = (store: Store, key: string, value: JsonObject) =>
  store.txn({ compare: [], ops: [{ type: 'put', key, value }] });

/** Key and text of every entry. */
const contents = async (store: Store) =>
  Object.fromEntries((await store.range('')).entries.map((entry) => [entry.key, entry.json]));

async function fileNamed(start: string): Promise<string> {
  const name = (await readdir(dir)).filter((other) => other.startsWith(start)).at(-1);
  return join(dir, name ?? start);
}

/** Makes a store of one log segment; `states[r]` is what it holds after revision r. */
async function filledStore(): Promise<{ path: string; states: Record<string, string>[] }> {
  const store = await openStore();
  const states = [await contents(store)];
  for (let i = 0; i < 12; i++) {
    const key = `/k/${i % 5}`;
    if (i % 4 === 3) await store.txn({ compare: [], ops: [{ type: 'delete', key: `/k/${(i - 1) % 5}` }] });
    else await put(store, key, { text: 'ä😀'.slice(0, i % 4), i });
    states.push(await contents(store));
  }
  await store.close();
  return { path: await fileNamed('log-'), states };
}

/** Makes a store of one snapshot and one segment behind it. */
async function snapshotStore(): Promise<Record<string, string>> {
  const first = await openStore({ snapshotMinBytes: 600 });
  const ops = Array.from({ length: 12 }, (_, i) => ({ type: 'put' as const, key: `/k/${i}`, value: { i } }));
  await first.txn({ compare: [], ops });
  while ((await storeFiles()).join() !== 'log-0000000000000001.jsonl,snapshot-0000000000000001.jsonl') {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await first.close();
  const store = await openStore();
  await put(store, '/k/0', { again: true });
  await put(store, '/k/x', { last: true });
  const state = await contents(store);
  await store.close();
  return state;
}

const storeFiles = async () => (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).sort();

describe('a log cut off at any byte of its last records', () => {
  it('opens with exactly the transactions that were whole, says what it cut, and goes on', async () => {
    const { path, states } = await filledStore();
    const bytes = await readFile(path);
    const lineEnds = [...bytes.keys()].filter((at) => bytes[at] === 10).map((at) => at + 1);
    expect(lineEnds).toHaveLength(states.length);
    const first = lineEnds.at(-5) ?? 0;
    for (let cut = first; cut <= bytes.length; cut++) {
      await writeFile(path, bytes.subarray(0, cut));
      const store = await openStore();
      const whole = lineEnds.filter((end) => end <= cut).length - 1;
      const start = lineEnds[whole] ?? 0;
      expect({
        cut,
        revision: store.revision,
        state: await contents(store),
        recovered: store.recovered,
      }).toEqual({
        cut,
        revision: whole,
        state: states[whole],
        recovered:
          cut === start
            ? undefined
            : { file: path, line: whole + 2, offset: start, droppedBytes: cut - start },
      });
      if (cut % 9 === 0) await put(store, '/after', {});
      await store.close();
      if (cut % 9 !== 0) continue;
      const again = await openStore();
      expect(again.recovered).toBeUndefined();
      expect(await contents(again)).toEqual({ ...states[whole], '/after': `{"revision":${whole + 1}}` });
      await again.close();
    }
  }, 60_000);

  it('with zeros behind the cut, as power loss may leave them, opens the same way', async () => {
    const { path, states } = await filledStore();
    const bytes = await readFile(path);
    const start = bytes.lastIndexOf(10, -2) + 1;
    for (let cut = start; cut < bytes.length; cut += 1 + (cut % 3)) {
      await writeFile(path, Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(512)]));
      await expectWithoutLast(cut);
    }
    await writeFile(path, Buffer.concat([bytes.subarray(0, -1), Buffer.alloc(2)]));
    await expectWithoutLast(bytes.length - 1);

    async function expectWithoutLast(cut: number): Promise<void> {
      const store = await openStore();
      expect(await contents(store), `cut at ${cut}`).toEqual(states.at(-2));
      expect(store.recovered).toMatchObject({ line: states.length });
      await store.close();
    }
  });
});

describe('a flipped byte', () => {
  /** Opening is loading with a lock around it; that takes too long to do for every byte. */
  const expectRefusal = async (path: string, at: number) => {
    const budget = { maxBytes: 1e6, maxEvents: 1e6 };
    await expect(loadFolder(dir, budget), `byte ${at} of ${path}`).rejects.toMatchObject({
      name: 'Damage',
      path,
    });
    if (at % 97 !== 0) return;
    await expect(openStore(), `byte ${at} of ${path}`).rejects.toMatchObject({
      code: 'StateCorrupt',
      message: expect.stringContaining(`${path}, line `),
      remedy: expect.stringContaining('slipway cluster repair demo'),
    });
  };

  it('anywhere in a log is detected', async () => {
    const { path } = await filledStore();
    await flipEach(path, expectRefusal);
  });

  it('anywhere in a snapshot is detected', async () => {
    await snapshotStore();
    await flipEach(await fileNamed('snapshot-'), expectRefusal);
  });

  it('that turns the last newline into anything is not taken for a torn line', async () => {
    const { path } = await filledStore();
    const bytes = await readFile(path);
    for (const byte of [0, 13, 32, 125, 255]) {
      bytes[bytes.length - 1] = byte;
      await writeFile(path, bytes);
      await expectRefusal(path, bytes.length - 1);
    }
  });
});

/** Changes every byte, one at a time, into a random other one. */
async function flipEach(path: string, check: (path: string, at: number) => Promise<void>) {
  const random = seeded();
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  const bytes = await readFile(path);
  for (let at = 0; at < size; at++) {
    await file.write(Uint8Array.of((bytes[at] ?? 0) ^ (1 + random.int(255))), 0, 1, at);
    await check(path, at);
    await file.write(bytes, at, 1, at);
  }
  await file.close();
  await (await openStore()).close();
}

describe('other damage', () => {
  const damages: [string, () => Promise<void>][] = [
    ['a missing line', async () => spliceLines(await fileNamed('log-'), 1, 1)],
    ['a line twice', async () => spliceLines(await fileNamed('log-'), 1, 0, 1)],
    ['an empty log', async () => truncate(await fileNamed('log-'), 0)],
    ['a missing log', async () => rm(await fileNamed('log-'))],
    ['a missing snapshot', async () => rm(await fileNamed('snapshot-'))],
    [
      'a snapshot that is cut short between lines',
      async () => spliceLines(await fileNamed('snapshot-'), 5, 1),
    ],
    ['a snapshot without its last lines', async () => spliceLines(await fileNamed('snapshot-'), -3, 3)],
    ['text behind the log', async () => appendFile(await fileNamed('log-'), 'garbage')],
    [
      'text without newline behind the snapshot',
      async () => appendFile(await fileNamed('snapshot-'), '{"crc"'),
    ],
    [
      'a log under the name of another',
      async () => copyFile(await fileNamed('log-'), join(dir, 'log-0000000000009999.jsonl')),
    ],
  ];

  it.each(damages)('%s is detected, and a repair makes the store usable', async (_name, damage) => {
    const state = await snapshotStore();
    const before = await openStore();
    for (let i = 0; i < 3; i++) await put(before, '/k/last', { i });
    const { revision } = before;
    await before.close();
    await damage();
    await expect(openStore()).rejects.toMatchObject({ code: 'StateCorrupt' });
    const names = await storeFiles();

    const report = await repairFileStore(dir, 0);
    expect(report.damage).toHaveLength(1);
    expect(report.backupDir).toBe(join(dir, 'damaged-1970-01-01T00-00-00.000Z'));
    expect((await readdir(report.backupDir ?? '')).sort()).toEqual(names);
    expect(report.keptRevision).toBeLessThanOrEqual(revision);
    expect(report.revision).toBe(report.keptRevision + revisionGap);

    const store = await openStore();
    expect(store.revision).toBe(report.revision);
    for (const [key, json] of Object.entries(await contents(store))) {
      const versions = [state[key], key === '/k/0' ? '{"i":0,"revision":1}' : undefined];
      if (key in state) expect(versions, key).toContain(json);
    }
    expect(() => store.watch('', revision, () => {})).toThrow(CompactedError);
    await put(store, '/new', {});
    await store.close();
  });

  async function spliceLines(path: string, at: number, remove: number, again?: number): Promise<void> {
    const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
    const inserted = again === undefined ? [] : [lines[again] ?? ''];
    lines.splice(at, remove, ...inserted);
    await writeFile(path, `${lines.join('\n')}\n`);
  }
});

describe('repairFileStore', () => {
  it('keeps everything before the damage in a log', async () => {
    const { path, states } = await filledStore();
    const bytes = await readFile(path);
    const lineEnds = [...bytes.keys()].filter((at) => bytes[at] === 10).map((at) => at + 1);
    bytes[(lineEnds[7] ?? 0) + 30] = 1;
    await writeFile(path, bytes);
    const report = await repairFileStore(dir);
    expect(report).toMatchObject({ keptRevision: 7, damage: [expect.stringContaining(`${path}, line 9`)] });
    expect(await readFile(join(report.backupDir ?? '', 'log-0000000000000000.jsonl'))).toEqual(bytes);
    const store = await openStore();
    expect(await contents(store)).toEqual(states[7]);
    await store.close();
  });

  it('keeps every whole object of a damaged snapshot and all changes after it', async () => {
    const state = await snapshotStore();
    const path = await fileNamed('snapshot-');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"key":"/k/5"', '"key":"/k/6"'));
    const report = await repairFileStore(dir);
    expect(report.damage).toEqual([expect.stringContaining('the line does not match its checksum')]);
    const store = await openStore();
    const { '/k/5': _lost, ...rest } = state;
    expect(await contents(store)).toEqual(rest);
    await store.close();
  });

  it('touches nothing where nothing is wrong', async () => {
    const { states } = await filledStore();
    const report = await repairFileStore(dir);
    expect(report).toMatchObject({ damage: [], backupDir: undefined, keptRevision: 12, revision: 12 });
    const store = await openStore();
    expect(await contents(store)).toEqual(states.at(-1));
    await expect(repairFileStore(dir)).rejects.toMatchObject({ code: 'AlreadyRunning' });
    await store.close();
  });
});

describe('what a crash leaves beside the log', () => {
  it('is tidied away: unfinished files and files a snapshot has replaced', async () => {
    const state = await snapshotStore();
    const snapshot = await fileNamed('snapshot-');
    await writeFile(`${snapshot.replace(/\d{4}\.jsonl/, '9999.jsonl')}.tmp`, 'half');
    await writeFile(join(dir, 'log-0000000000000099.jsonl.77.tmp'), '');
    await copyFile(await fileNamed('log-'), join(dir, 'log-0000000000000000.jsonl'));
    await mkdir(join(dir, 'not-ours'));
    const store = await openStore();
    expect(await contents(store)).toEqual(state);
    await store.close();
    const kept = (await readdir(dir)).map((name) => name.replace(/-\d+/, '')).sort();
    expect(kept).toEqual(['lock', 'log.jsonl', 'not-ours', 'snapshot.jsonl']);
  });
});
