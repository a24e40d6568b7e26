import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@shared/lib/types.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Seeded, seeded } from '../testing/seeded.ts';
import { type FileStore, openFileStore } from './file-store.ts';
import {
  CompactedError,
  type Entry,
  FutureRevisionError,
  type RangeOptions,
  type Store,
  type StoreEvent,
  type Transaction,
  type TransactionResult,
} from './store.ts';

/** An entry as the model keeps it; what a store answers is brought into this form for comparing. */
type Plain = Pick<Entry, 'key' | 'json' | 'createRevision' | 'modRevision'>;
type State = ReadonlyMap<string, Plain>;

const stamp = (value: JsonObject, revision: number): JsonObject => ({ ...value, revision });
const plain = (entry: Entry | undefined): Plain | undefined =>
  entry && {
    key: entry.key,
    json: entry.json,
    createRevision: entry.createRevision,
    modRevision: entry.modRevision,
  };

/** The store's contract in the most obvious form: a whole copy of the state for every revision. */
class Model {
  readonly states: State[] = [new Map()];
  readonly events: string[] = [];

  get revision(): number {
    return this.states.length - 1;
  }

  stateAt(revision: number): State {
    return this.states[revision] ?? new Map();
  }

  /** Decides and applies at once, in the order of the calls. */
  txn({ compare, ops }: Transaction): unknown {
    const now = this.stateAt(this.revision);
    if (!compare.every(({ key, modRevision }) => (now.get(key)?.modRevision ?? 0) === modRevision)) {
      return { ok: false, current: compare.map(({ key }) => now.get(key)) };
    }
    const next = new Map(now);
    const revision = this.revision + 1;
    const entries = ops.map((op) => {
      const previous = now.get(op.key);
      if (op.type === 'delete') {
        if (next.delete(op.key)) this.events.push(`${revision} delete ${op.key}`);
        return previous;
      }
      const createRevision = previous?.createRevision ?? revision;
      const json = JSON.stringify(stamp(op.value, revision));
      const entry = { key: op.key, json, createRevision, modRevision: revision };
      next.set(op.key, entry);
      this.events.push(`${revision} put ${op.key} ${json}`);
      return entry;
    });
    if (this.events.at(-1)?.startsWith(`${revision} `)) this.states.push(next);
    return { ok: true, revision: this.revision, entries };
  }

  range(
    prefix: string,
    { after, limit = Number.POSITIVE_INFINITY, at = this.revision }: RangeOptions,
  ): unknown {
    const matching = [...this.stateAt(at).values()]
      .filter(({ key }) => key.startsWith(prefix) && (after === undefined || key > after))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const entries = matching.slice(0, limit);
    return { entries, revision: at, remaining: matching.length - entries.length };
  }

  eventsBehind(revision: number, prefix: string): string[] {
    return this.events.filter((event) => {
      const [at, , key] = event.split(' ');
      return Number(at) > revision && key?.startsWith(prefix);
    });
  }
}

const plainResult = (result: TransactionResult): unknown =>
  result.ok
    ? { ...result, entries: result.entries.map(plain) }
    : { ok: false, current: result.current.map(plain) };

const eventText = (event: StoreEvent): string =>
  event.type === 'put'
    ? `${event.revision} put ${event.entry.key} ${event.entry.json}`
    : `${event.revision} delete ${event.previous.key}`;

const prefixes = ['', '/', '/a/', '/b/', '/a/1', '/none'] as const;

function randomKey(random: Seeded): string {
  return `/${random.pick(['a', 'b', 'c'])}/${random.int(12)}`;
}

function randomTransaction(random: Seeded, model: Model): Transaction {
  const now = model.stateAt(model.revision);
  const compare = Array.from({ length: random.int(3) }, () => {
    const key = randomKey(random);
    const right = now.get(key)?.modRevision ?? 0;
    return { key, modRevision: random.int(4) > 0 ? right : random.int(model.revision + 1) };
  });
  const keys = new Set(Array.from({ length: 1 + random.int(3) }, () => randomKey(random)));
  const ops = [...keys].map((key) =>
    random.int(3) === 0
      ? { type: 'delete' as const, key }
      : { type: 'put' as const, key, value: { n: random.int(1000), text: 'é'.repeat(random.int(40)) } },
  );
  return { compare, ops };
}

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-model-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

/** Reads at random places, also past and future ones, and compares with the model. */
async function compareReads(random: Seeded, store: Store, model: Model): Promise<void> {
  expect(store.revision).toBe(model.revision);
  for (let i = 0; i < 6; i++) {
    const prefix = random.pick(prefixes);
    const options: RangeOptions = {
      ...(random.int(2) && { limit: random.int(15) }),
      ...(random.int(3) === 0 && { after: randomKey(random) }),
      ...(random.int(2) && { at: random.int(model.revision + 3) }),
    };
    const key = randomKey(random);
    const { at = model.revision } = options;
    const range = store.range(prefix, options);
    const get = store.get(key, options.at === undefined ? {} : { at });
    if (at > model.revision || at < store.compactedRevision) {
      const error = at > model.revision ? FutureRevisionError : CompactedError;
      await expect(range).rejects.toThrow(error);
      await expect(get).rejects.toThrow(error);
      continue;
    }
    const found = await range;
    expect({ ...found, entries: found.entries.map(plain) }).toEqual(model.range(prefix, options));
    expect(plain(await get)).toEqual(model.stateAt(at).get(key));
  }
}

interface Watch {
  readonly prefix: string;
  readonly after: number;
  readonly seen: string[];
}

function startWatch(random: Seeded, store: Store): Watch {
  const prefix = random.pick(prefixes);
  const after = store.compactedRevision + random.int(store.revision - store.compactedRevision + 1);
  const watch: Watch = { prefix, after, seen: [] };
  store.watch(prefix, after, (events) => {
    for (const event of events) {
      watch.seen.push(eventText(event));
      if (event.type === 'put') expect(event.entry.value.revision).toBe(event.revision);
    }
  });
  return watch;
}

async function checkWatches(watches: readonly Watch[], model: Model): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  for (const { prefix, after, seen } of watches) expect(seen).toEqual(model.eventsBehind(after, prefix));
}

describe('the file store', () => {
  it.each([0, 1, 2, 3])('does what the naive model does, whatever is thrown at it (run %i)', async (run) => {
    const base = seeded();
    const random = seeded(base.seed + run);
    const model = new Model();
    const open = () =>
      openFileStore(dir, {
        stamp,
        snapshotMinBytes: [3000, 8000, 1e9, 30_000][run] ?? 1e9,
        historyMaxEvents: [1e6, 150, 1e6, 1e6][run] ?? 1e6,
      });
    let store: FileStore = await open();
    let watches: Watch[] = [];
    try {
      for (let step = 0; step < 150; step++) {
        const calls = Array.from({ length: 1 + random.int(6) }, () => {
          const transaction = randomTransaction(random, model);
          return { expected: model.txn(transaction), answer: store.txn(transaction) };
        });
        const answers = await Promise.all(calls.map((call) => call.answer));
        // A transaction that changes nothing may answer a later revision than the one it was decided at.
        answers.forEach((answer, i) => {
          const expected = calls[i]?.expected as { ok: boolean };
          if (answer.ok && expected.ok && !answer.entries.some((entry) => entry)) return;
          expect(plainResult(answer)).toEqual(expected);
        });
        await compareReads(random, store, model);
        if (random.int(8) === 0) watches.push(startWatch(random, store));
        if (random.int(40) === 0) await store.compact(random.int(store.revision + 1));
        if (random.int(30) === 0) {
          await checkWatches(watches, model);
          watches = [];
          await store.close();
          store = await open();
        }
      }
      await checkWatches(watches, model);
    } catch (error) {
      throw new Error(`seed ${base.seed} (run it again with SLIPWAY_TEST_SEED=${base.seed})`, {
        cause: error,
      });
    } finally {
      await store.close();
    }
  });
});
