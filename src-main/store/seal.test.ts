import { randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@shared/lib/types.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FileStoreOptions, openFileStore } from './file-store.ts';
import { repairFileStore } from './repair.ts';
import { createSealer, type SealingKey } from './seal.ts';

const stamp = (value: JsonObject): JsonObject => value;
const first: SealingKey = { name: 'first', secret: randomBytes(32) };
const second: SealingKey = { name: 'second', secret: randomBytes(16) };
const secrets = ['/registry/secrets/'];

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-seal-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

const sealerOf = (keys: readonly SealingKey[], writePlain = false) =>
  createSealer([{ prefixes: secrets, keys, writePlain }]);

const open = (options: Partial<FileStoreOptions> = {}) => openFileStore(dir, { stamp, ...options });

/** Opens, puts a secret and a config map, closes. */
async function fill(options: Partial<FileStoreOptions>): Promise<void> {
  const store = await open(options);
  for (const kind of ['secrets', 'configmaps']) {
    const key = `/registry/${kind}/default/a`;
    await store.txn({ compare: [], ops: [{ type: 'put', key, value: { text: `hidden in ${kind}` } }] });
  }
  await store.close();
}

async function readValues(options: Partial<FileStoreOptions>): Promise<unknown[]> {
  const store = await open(options);
  const { entries } = await store.range('');
  await store.close();
  return entries.map(({ value }) => value.text);
}

async function onDisk(): Promise<string> {
  const files = (await readdir(dir)).filter((name) => name.endsWith('.jsonl'));
  return (await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8')))).join('');
}

const plain = ['hidden in configmaps', 'hidden in secrets'];

it('keeps what the rule covers off the disk, and only that', async () => {
  await fill({ sealer: sealerOf([first]) });
  const text = await onDisk();
  expect(text).not.toContain('hidden in secrets');
  expect(text).toContain('hidden in configmaps');
  expect(await readValues({ sealer: sealerOf([first]) })).toEqual(plain);
});

it('seals what was written before encryption was switched on, at the next start', async () => {
  await fill({});
  expect(await onDisk()).toContain('hidden in secrets');
  expect(await readValues({ sealer: sealerOf([first]) })).toEqual(plain);
  expect(await onDisk()).not.toContain('hidden in secrets');
});

it('writes everything with the newest key at the start after a rotation, so that the old key can go', async () => {
  await fill({ sealer: sealerOf([first]) });
  expect(await readValues({ sealer: sealerOf([second, first]) })).toEqual(plain);
  expect(await onDisk()).not.toContain('v1:first:');
  expect(await readValues({ sealer: sealerOf([second]) })).toEqual(plain);
});

it('writes plain text again when encryption is switched off, and then needs no key', async () => {
  await fill({ sealer: sealerOf([first]) });
  expect(await readValues({ sealer: sealerOf([first], true) })).toEqual(plain);
  expect(await onDisk()).toContain('hidden in secrets');
  expect(await readValues({})).toEqual(plain);
});

it('refuses to start without the key, says which one, and changes nothing', async () => {
  await fill({ sealer: sealerOf([first]) });
  const before = await onDisk();
  await expect(open()).rejects.toMatchObject({
    code: 'StateCorrupt',
    message:
      '/registry/secrets/default/a is stored encrypted with the key "first", and there is no encryption file.',
  });
  await expect(open({ sealer: sealerOf([second]) })).rejects.toMatchObject({
    message: expect.stringContaining('with the key "first", which the encryption file does not name.'),
  });
  const impostor = { ...second, name: 'first' };
  await expect(open({ sealer: sealerOf([impostor]) })).rejects.toMatchObject({
    message: expect.stringContaining('with another key than the one that is now called "first".'),
  });
  expect(await onDisk()).toBe(before);
});

it('does not accept a value that was moved under another name', () => {
  const sealer = sealerOf([first]);
  const text = sealer.seal('/registry/secrets/a/token', '{"text":"x"}');
  expect(sealer.open('/registry/secrets/a/token', text)).toBe('{"text":"x"}');
  expect(() => sealer.open('/registry/secrets/b/token', text)).toThrow('is stored encrypted');
});

it('is repaired without the key: sealed values stay sealed', async () => {
  await fill({ sealer: sealerOf([first]) });
  const log = (await readdir(dir)).find((name) => name.startsWith('log-'));
  await appendFile(join(dir, log ?? ''), 'not a line of a log\n');
  const { damage, entries } = await repairFileStore(dir);
  expect({ damages: damage.length, entries }).toEqual({ damages: 1, entries: 2 });
  expect(await onDisk()).not.toContain('hidden in secrets');
  expect(await readValues({ sealer: sealerOf([first]) })).toEqual(plain);
});
