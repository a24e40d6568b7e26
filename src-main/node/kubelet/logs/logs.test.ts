import { appendFile, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@shared/lib/clock.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LogOptions } from './log-line.ts';
import { readLog } from './read-log.ts';
import { removeLog } from './rotate.ts';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-logs-'));
  path = join(dir, '0.log');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const defaults: LogOptions = {
  follow: false,
  timestamps: false,
  sinceMs: undefined,
  tailLines: undefined,
  limitBytes: undefined,
  stream: 'All',
};
const line = (second: number, text: string, tag = 'F', stream = 'stdout') =>
  `2026-01-01T00:00:${String(second).padStart(2, '0')}.5Z ${stream} ${tag} ${text}\n`;

async function read(options: Partial<LogOptions> = {}): Promise<string> {
  const source = { path, isRunning: async () => false };
  const chunks: Buffer[] = [];
  for await (const chunk of readLog(
    source,
    { ...defaults, ...options },
    { clock: systemClock, signal: new AbortController().signal },
  ))
    chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('a log is read whole, partial records joined', async () => {
  await writeFile(
    path,
    line(1, 'one ', 'P') + line(1, 'more') + line(2, '') + line(3, 'three', 'F', 'stderr'),
  );
  expect(await read()).toBe('one more\n\nthree\n');
  expect(await read({ timestamps: true, stream: 'Stdout' })).toBe(
    '2026-01-01T00:00:01.5Z one more\n2026-01-01T00:00:02.5Z \n',
  );
});

test.each([
  [{ tailLines: 2 }, 'two\nthree\n'],
  [{ tailLines: 0 }, ''],
  [{ tailLines: 9 }, 'one\ntwo\nthree\n'],
  [{ sinceMs: Date.parse('2026-01-01T00:00:02Z') }, 'two\nthree\n'],
  [{ limitBytes: 5 }, 'one\nt'],
  [{ stream: 'Stderr' as const }, ''],
])('with %j the answer is %j', async (options, expected) => {
  await writeFile(path, line(1, 'one') + line(2, 'two') + line(3, 'three'));
  expect(await read(options)).toBe(expected);
});

test('the tail is found across chunks', async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => line(index % 60, `line ${index}`));
  await writeFile(path, lines.join(''));
  const tail = await read({ tailLines: 5000 });
  expect(tail.split('\n').length).toBe(5001);
  expect(tail.startsWith('line 15000\n')).toBe(true);
});

test('following goes on over a rotation and ends with the container', async () => {
  await writeFile(path, line(1, 'one'));
  let isRunning = true;
  const seen: string[] = [];
  const source = { path, isRunning: async () => isRunning };
  const done = (async () => {
    for await (const chunk of readLog(
      source,
      { ...defaults, follow: true },
      { clock: systemClock, signal: new AbortController().signal },
    ))
      seen.push(String(chunk));
  })();
  await expect.poll(() => seen.join('')).toBe('one\n');
  await appendFile(path, line(2, 'two'));
  await expect.poll(() => seen.join('')).toBe('one\ntwo\n');
  await rename(path, `${path}.old`);
  await writeFile(path, line(3, 'three'));
  await expect.poll(() => seen.join('')).toBe('one\ntwo\nthree\n');
  await appendFile(path, line(4, 'four'));
  isRunning = false;
  await done;
  expect(seen.join('')).toBe('one\ntwo\nthree\nfour\n');
});

test('a log goes with what was moved aside of it, and no other', async () => {
  for (const name of ['0.log', '0.log.20261121-053544', '10.log', '1.log'])
    await writeFile(join(dir, name), '');
  await removeLog(path);
  expect((await readdir(dir)).toSorted()).toEqual(['1.log', '10.log']);
  await removeLog(join(dir, 'none', '0.log'));
});

test('a missing log is an empty one', async () => {
  expect(await read()).toBe('');
  await expect(stat(path)).rejects.toThrow();
});
