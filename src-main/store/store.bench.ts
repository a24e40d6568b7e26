import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@shared/lib/types.ts';
import { removeTree } from '../platform/remove-tree.ts';
import { openFileStore } from './file-store.ts';
import type { Store } from './store.ts';

export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

const objectCount = 10_000;
const secondsPerRun = 1;

/**
 * Measures the file store on `root` (default: the folder for temporary files, which may be faster than the
 * disk clusters live on): durable writes of 1 KB objects per second with 1, 8 and 32 writers, and the time to
 * open a store of 10,000 objects of 2 KB.
 */
export async function benchStore(root = tmpdir()): Promise<Measurement[]> {
  const dir = await mkdtemp(join(root, 'slipway-bench-'));
  try {
    const results: Measurement[] = [];
    for (const writers of [1, 8, 32]) results.push(await writesPerSecond(join(dir, `w${writers}`), writers));
    results.push(...(await loadTimes(join(dir, 'load'))));
    return results;
  } finally {
    await removeTree(root, dir);
  }
}

async function writesPerSecond(dir: string, writers: number): Promise<Measurement> {
  const store = await openFileStore(dir, { stamp });
  const start = performance.now();
  const end = start + secondsPerRun * 1000;
  let count = 0;
  const write = async (writer: number) => {
    for (let i = 0; performance.now() < end; i++, count++) await put(store, `/w${writer}/${i % 100}`, 1000);
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const seconds = (performance.now() - start) / 1000;
  await store.close();
  const name = `store: durable writes of 1 KB, ${writers} ${writers === 1 ? 'writer' : 'writers'}`;
  return { name, value: Math.round(count / seconds), unit: '/s' };
}

async function loadTimes(dir: string): Promise<Measurement[]> {
  const filled = await openFileStore(dir, { stamp });
  await Promise.all(Array.from({ length: objectCount }, (_, i) => put(filled, `/pods/${i}`, 2000)));
  await filled.close();
  const start = performance.now();
  const store = await openFileStore(dir, { stamp });
  const opened = performance.now();
  const { entries } = await store.range('/pods/');
  for (const entry of entries) void entry.value;
  const parsed = performance.now();
  await store.close();
  return [
    { name: 'store: open with 10,000 objects of 2 KB', value: Math.round(opened - start), unit: 'ms' },
    { name: 'store: first look at all of them', value: Math.round(parsed - opened), unit: 'ms' },
  ];
}

const stamp = (value: JsonObject, revision: number): JsonObject => ({ ...value, revision });

async function put(store: Store, key: string, bytes: number): Promise<void> {
  const list = Array.from({ length: bytes / 50 }, (_, i) => ({
    name: `item-${i}`,
    value: 'some text here',
    n: i,
  }));
  await store.txn({ compare: [], ops: [{ type: 'put', key, value: { list } }] });
}
