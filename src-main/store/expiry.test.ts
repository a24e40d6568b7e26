import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@shared/lib/clock.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileStore, openFileStore } from './file-store.ts';
import type { Store } from './store.ts';

/** A clock that moves when told; `running` counts timers not yet fired or disposed. */
function manualClock(now = 1_000_000) {
  const timers = new Map<object, { at: number; callback: () => void }>();
  const clock: Clock = {
    now: () => now,
    setTimer(delayMs, callback) {
      const id = {};
      timers.set(id, { at: now + delayMs, callback });
      return { dispose: () => timers.delete(id) };
    },
  };
  const advance = (ms: number) => {
    const end = now + ms;
    for (;;) {
      const next = [...timers].filter(([, timer]) => timer.at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!next) break;
      timers.delete(next[0]);
      now = next[1].at;
      next[1].callback();
    }
    now = end;
  };
  return { clock, advance, running: () => timers.size };
}

let dir: string;
let time: ReturnType<typeof manualClock>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-expiry-'));
  time = manualClock();
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

const open = (): Promise<FileStore> =>
  openFileStore(dir, { stamp: (value) => value, clock: time.clock, snapshotMinBytes: 400 });

const put = (store: Store, key: string, ttlSeconds?: number) =>
  store.txn({
    compare: [],
    ops: [{ type: 'put', key, value: {}, ...(ttlSeconds !== undefined && { ttlSeconds }) }],
  });

const keys = async (store: Store) => (await store.range('')).entries.map((entry) => entry.key);

/** Resolves with the keys of the next `count` deletions. */
function deletions(store: Store, count: number): Promise<string[]> {
  return new Promise((resolve) => {
    const deleted: string[] = [];
    const watch = store.watch('', store.revision, (events) => {
      for (const event of events) if (event.type === 'delete') deleted.push(event.previous.key);
      if (deleted.length < count) return;
      watch.dispose();
      resolve(deleted);
    });
  });
}

describe('entries with a time to live', () => {
  it('are deleted when it is over, as watchers see, unless they were put again', async () => {
    const store = await open();
    await put(store, '/short', 10);
    await put(store, '/long', 100);
    await put(store, '/renewed', 10);
    await put(store, '/kept', 10);
    time.advance(9_000);
    await put(store, '/renewed', 10);
    await put(store, '/kept');
    const first = deletions(store, 1);
    time.advance(2_000);
    expect(await first).toEqual(['/short']);
    expect(await keys(store)).toEqual(['/kept', '/long', '/renewed']);
    const rest = deletions(store, 2);
    time.advance(200_000);
    expect((await rest).sort()).toEqual(['/long', '/renewed']);
    expect(await keys(store)).toEqual(['/kept']);
    await store.close();
    expect(time.running()).toBe(0);
  });

  it('expire at the same moment after a restart, from log and snapshot alike', async () => {
    const before = await open();
    await put(before, '/snapshot', 50);
    for (let i = 0; i < 30; i++) await put(before, '/other');
    await put(before, '/log', 60);
    await put(before, '/past', 5);
    await before.close();
    time.advance(49_000);
    const store = await open();
    const past = deletions(store, 1);
    time.advance(0);
    expect(await past).toEqual(['/past']);
    expect(await keys(store)).toEqual(['/log', '/other', '/snapshot']);
    const first = deletions(store, 1);
    time.advance(2_000);
    expect(await first).toEqual(['/snapshot']);
    const second = deletions(store, 1);
    time.advance(10_000);
    expect(await second).toEqual(['/log']);
    await store.close();
  });
});
