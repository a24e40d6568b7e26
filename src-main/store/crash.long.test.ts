import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Seeded, seeded } from '../testing/seeded.ts';
import { type FileStore, openFileStore } from './file-store.ts';

/** Two folders side by side, so that one process writes while the other starts. */
const lanes = 2;
const roundsPerLane = 100;
const writers = 6;
const snapshotMinBytes = 30_000;

let dir: string;
let program: string;
const children = new Set<ChildProcess>();

/** Bundles the writing program, so that a plain Node process starts it in a few milliseconds. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-crash-'));
  program = join(dir, 'crash-writer.mjs');
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const bundle = await rolldown({
    input: at('./crash-writer.ts'),
    platform: 'node',
    resolve: { alias: { '@shared': at('../../src-shared') } },
  });
  await bundle.write({ file: program, format: 'esm' });
  await bundle.close();
}, 60_000);

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(dir, { recursive: true });
});

/** A running writer: what it has said so far, and how to wait for more. */
function startWriter(store: string) {
  const child = spawn(process.execPath, [program, store, String(writers), String(snapshotMinBytes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  let output = '';
  const opened = new Promise<void>((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      resolve();
    });
    child.once('close', () => resolve());
  });
  return {
    opened,
    lines: () => output.split('\n').slice(0, -1),
    async kill() {
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
      children.delete(child);
    },
  };
}

/** Each writer's counter in the store; both of its keys must agree. */
async function countersOf(store: FileStore): Promise<number[]> {
  const { entries } = await store.range('/');
  const values = new Map(entries.map((entry) => [entry.key, Number(entry.value.i)]));
  return Array.from({ length: writers }, (_, writer) => {
    const count = values.get(`/${writer}/a`) ?? 0;
    expect(values.get(`/${writer}/b`) ?? 0, 'one transaction is there as a whole').toBe(count);
    return count;
  });
}

interface Tally {
  acknowledged: number;
  tornLines: number;
}

/** Kills a writer once and checks what it left; answers the counters the store holds now. */
async function killOnce(
  folder: string,
  before: readonly number[],
  run: { random: Seeded; hint: string; tally: Tally },
) {
  const { random, hint, tally } = run;
  const writer = startWriter(folder);
  // Sometimes while it starts, mostly while it writes.
  if (random.int(8) > 0) await writer.opened;
  await new Promise((resolve) => setTimeout(resolve, random.int(60)));
  await writer.kill();

  const acknowledged = [...before];
  for (const line of writer.lines()) {
    expect(line, hint).toMatch(/^(open|\d+ \d+)$/);
    const [index, count] = line.split(' ').map(Number);
    if (index === undefined || count === undefined) continue;
    expect(count, hint).toBe((acknowledged[index] ?? 0) + 1);
    acknowledged[index] = count;
    tally.acknowledged++;
  }
  const store = await openFileStore(folder, { stamp: (value) => value, snapshotMinBytes });
  const counters = await countersOf(store);
  counters.forEach((count, index) => {
    const known = acknowledged[index] ?? 0;
    expect([known, known + 1], `${hint}, writer ${index}`).toContain(count);
  });
  expect(store.revision, hint).toBe(counters.reduce((sum, count) => sum + count, 0));
  if (store.recovered) tally.tornLines++;
  await store.close();
  return counters;
}

describe('a writing process that is killed again and again', () => {
  const kills = lanes * roundsPerLane;

  it(`never loses an acknowledged write and never keeps more than what was in flight (${kills} kills)`, async () => {
    const { seed } = seeded();
    const tally: Tally = { acknowledged: 0, tornLines: 0 };
    const lane = async (number: number) => {
      const random = seeded(seed + number);
      let counters = Array.from({ length: writers }, () => 0);
      for (let round = 0; round < roundsPerLane; round++) {
        const hint = `seed ${seed}, lane ${number}, round ${round}`;
        counters = await killOnce(join(dir, `lane-${number}`), counters, { random, hint, tally });
      }
    };
    await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
    console.log(
      `killed ${kills} times (seed ${seed}): all ${tally.acknowledged} acknowledged writes are there`,
    );
    expect(tally.acknowledged).toBeGreaterThan(kills);
  }, 180_000);
});

describe('the lock', () => {
  it('keeps a folder from a second process, and is taken over once the first one is dead', async () => {
    const folder = join(dir, 'locked');
    const open = () => openFileStore(folder, { stamp: (value) => value });
    const writer = startWriter(folder);
    await writer.opened;
    await expect(open()).rejects.toMatchObject({ code: 'AlreadyRunning' });
    await writer.kill();
    const store = await open();
    const second = startWriter(folder);
    await second.opened;
    expect(second.lines()).toEqual(['error AlreadyRunning']);
    await second.kill().catch(() => {});
    await store.close();
  });
});
