import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';

/** Held while a process has a store's folder open. */
export interface FolderLock {
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** When that process began, in a form only compared for equality; empty where the platform does not tell. */
  readonly started: string;
}

const lockName = /^lock-(\d{9})$/;
const released = '{}\n';

/** Names given to temporary lock files by this process, so that two opens at once never share one. */
let attempts = 0;

/**
 * Makes this process the only one to use `dir`. A lock whose process has ended (also when another one has its
 * pid by now) is taken over. Throws AlreadyRunning, naming the process, when the folder is in use.
 *
 * Locks are numbered and the highest number counts. It is only ever succeeded by the next number, which one
 * process alone can create, and never removed before that: so two that find the same dead lock cannot both
 * replace it.
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const holder = { pid: process.pid, started: (await startOf(process.pid)) ?? '' };
  const own = join(dir, `lock.${process.pid}.${++attempts}.tmp`);
  try {
    await writeFile(own, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
    for (;;) {
      const highest = (await lockNumbers(dir)).at(-1) ?? 0;
      await refuseLiving(dir, await readText(lockPath(dir, highest)));
      const number = highest + 1;
      if (!(await tryLink(own, lockPath(dir, number)))) continue;
      if ((await lockNumbers(dir)).at(-1) === number) return await taken(dir, number);
      await rm(lockPath(dir, number), { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
}

async function taken(dir: string, number: number): Promise<FolderLock> {
  for (const older of await lockNumbers(dir)) {
    if (older < number) await rm(lockPath(dir, older), { force: true });
  }
  return {
    async release() {
      const path = lockPath(dir, number);
      try {
        await writeFile(`${path}.tmp`, released, { mode: 0o600 });
        await rename(`${path}.tmp`, path);
      } catch {
        // A full disk: the lock goes stale by itself when this process ends; until then it can only be removed.
        await rm(`${path}.tmp`, { force: true });
        await rm(path, { force: true });
      }
    },
  };
}

/** Ascending. */
async function lockNumbers(dir: string): Promise<number[]> {
  const matches = (await readdir(dir)).map((name) => lockName.exec(name)?.[1]);
  return matches
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

function lockPath(dir: string, number: number): string {
  return join(dir, `lock-${String(number).padStart(9, '0')}`);
}

/** A hard link appears whole or not at all, and fails when there is a lock already. */
async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function refuseLiving(dir: string, text: string | undefined): Promise<void> {
  const holder = parseHolder(text);
  if (!holder || !(await isRunning(holder))) return;
  throw new AppError({
    code: 'AlreadyRunning',
    message: `${dir} is in use by process ${holder.pid}`,
    remedy: `Use the running one, or end process ${holder.pid} first.`,
  });
}

/** Undefined for a lock that was released, or is unreadable: locks appear whole, so nobody alive wrote that. */
function parseHolder(text: string | undefined): Holder | undefined {
  try {
    const holder = JSON.parse(text ?? '') as Partial<Holder>;
    if (typeof holder.pid !== 'number' || typeof holder.started !== 'string') return undefined;
    return { pid: holder.pid, started: holder.started };
  } catch {
    return undefined;
  }
}

async function isRunning(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const started = await startOf(holder.pid);
  if (started === undefined) return process.platform !== 'linux';
  return holder.started === '' || started === '' || started === holder.started;
}

/**
 * On Linux the boot's id and the process's start time in clock ticks (`/proc/<pid>/stat`, field 22, see
 * proc(5)); undefined when there is no such process or it is a zombie. Empty on other platforms.
 */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return '';
  const stat = await readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const boot = (await readText('/proc/sys/kernel/random/boot_id')) ?? '';
  return `${boot.trim()}:${fields[19]}`;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
