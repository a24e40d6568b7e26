import { constants, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LogFile, openAppend } from './log-file.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-log-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

/** The flags a file of this process was opened with, as the kernel tells. */
function flagsOf(path: string): number {
  const descriptor = readdirSync('/proc/self/fd').find((name) => linkOf(name) === path);
  const [, flags = ''] = /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
  return Number.parseInt(flags, 8);
}

function linkOf(descriptor: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return undefined; // the one the folder was read by
  }
}

it.runIf(process.platform === 'linux')('asks the kernel to flush as part of each write', async () => {
  const path = join(dir, 'log');
  await writeFile(path, 'head\n');
  const log = await LogFile.open(path, 0, { goodBytes: 5, openFile: openAppend });
  expect(flagsOf(path) & constants.O_DSYNC).toBe(constants.O_DSYNC);
  await log.append('one\n');
  await log.append('two\n');
  await log.close();
  expect(readFileSync(path, 'utf8')).toBe('head\none\ntwo\n');
});

it('flushes after the write where the write alone does not', async () => {
  const path = join(dir, 'log');
  await writeFile(path, '');
  const calls: string[] = [];
  const openFile = async (name: string) => {
    const { writesDurably: _, ...handle } = await openAppend(name);
    const write: typeof handle.write = (...of) => {
      calls.push('write');
      return handle.write(...of);
    };
    const datasync = () => {
      calls.push('datasync');
      return handle.datasync();
    };
    return { ...handle, write, datasync };
  };
  const log = await LogFile.open(path, 0, { goodBytes: 0, openFile });
  await log.append('one\n');
  await log.close();
  expect(calls).toEqual(['datasync', 'write', 'datasync']);
});
