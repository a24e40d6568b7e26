import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
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

/** Names given to temporary lock files by this process, so that two opens at once never share one. */
let attempts = 0;

/**
 * Makes this process the only one to use `dir`. A lock whose process has ended (also when another one has its
 * pid by now) is taken over. Throws AlreadyRunning, naming the process, when the folder is in use.
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const path = join(dir, 'lock');
  const text = `${JSON.stringify({ pid: process.pid, started: await startOf(process.pid) })}\n`;
  const own = `${path}.${process.pid}.${++attempts}`;
  await writeFile(own, text, { mode: 0o600 });
  try {
    while (!(await tryLink(own, path))) await removeStale(dir, path, own);
  } finally {
    await rm(own, { force: true });
  }
  return {
    async release() {
      if ((await readText(path)) === text) await rm(path, { force: true });
    },
  };
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

/** Moves a dead process's lock out of the way, and puts it back when it turns out to be a newer, living one. */
async function removeStale(dir: string, path: string, own: string): Promise<void> {
  await refuseLiving(dir, await readText(path));
  const aside = `${own}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    await refuseLiving(dir, await readText(aside));
  } catch (error) {
    await tryLink(aside, path);
    throw error;
  } finally {
    await rm(aside, { force: true });
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

/** A lock that cannot be read was never completed by anyone alive: locks appear whole. */
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
