import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { AppError } from '@shared/lib/app-error.ts';
import { isProcessAlive, processStart } from '../platform/process-start.ts';
import { errorCode } from '../platform/system-error.ts';
import { paths } from './data-dir.ts';

/** `<data-dir>/app.json` (mode 0600): how the running app is reached by the command line and a second start. */
export interface Instance {
  readonly pid: number;
  /** See `processStart`: tells this app from another program that got its process id after a reboot. */
  readonly started: string;
  /** The gateway's port on 127.0.0.1; 0 until it listens. */
  readonly port: number;
  /** Opens a session at the gateway. */
  readonly token: string;
}

/** The app that holds this data folder, or undefined when none runs. A stale or damaged file is not an app. */
export function runningInstance(dataDir: string): Instance | undefined {
  const instance = readInstance(paths.instance(dataDir));
  return instance && isProcessAlive(instance.pid, instance.started) ? instance : undefined;
}

/**
 * Takes the data folder for this process. Throws AppError `AlreadyRunning` when another app holds it.
 * `publish` records the port once the gateway listens; `release` gives the folder back.
 */
export function acquireInstance(dataDir: string): {
  token: string;
  publish(port: number): void;
  release(): void;
} {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = paths.instance(dataDir);
  const own = `${file}.${process.pid}.tmp`;
  const instance = {
    pid: process.pid,
    started: processStart(process.pid) ?? '',
    port: 0,
    token: randomBytes(32).toString('base64url'),
  };
  const write = (text: Instance) => writeFileSync(own, `${JSON.stringify(text)}\n`, { mode: 0o600 });
  try {
    write(instance);
    take(dataDir, own);
  } finally {
    rmSync(own, { force: true });
  }
  return {
    token: instance.token,
    publish: (port) => {
      write({ ...instance, port });
      renameSync(own, file);
    },
    release: () => {
      if (readInstance(file)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

/** A hard link appears whole or not at all, and fails when the name is taken: of two starts at once one gets it. */
function take(dataDir: string, own: string): void {
  const file = paths.instance(dataDir);
  for (let attempt = 0; attempt < 10; attempt += 1) {
    try {
      linkSync(own, file);
      return;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    const other = runningInstance(dataDir);
    if (other) throw alreadyRunning(dataDir, other);
    setAsideStale(file);
  }
  throw alreadyRunning(dataDir, undefined);
}

/** Moves a dead app's file away; another start may have replaced it meanwhile, and then gets it back. */
function setAsideStale(file: string): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    const moved = readInstance(aside);
    if (moved && isProcessAlive(moved.pid, moved.started)) linkSync(aside, file);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error; // somebody else was faster
  } finally {
    rmSync(aside, { force: true });
  }
}

function readInstance(file: string): Instance | undefined {
  try {
    return parseInstance(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined; // missing, or cut short by a crash: no app holds the folder
  }
}

function parseInstance(value: unknown): Instance | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, started, port, token } = value as Record<string, unknown>;
  if (typeof pid !== 'number' || typeof port !== 'number' || typeof token !== 'string') return undefined;
  return { pid, started: typeof started === 'string' ? started : '', port, token };
}

function alreadyRunning(dataDir: string, other: Instance | undefined): AppError {
  return new AppError({
    code: 'AlreadyRunning',
    message: `Slipway already runs on ${dataDir}${other ? ` (process ${other.pid})` : ''}.`,
    remedy: 'Use its window, or choose another folder with --data-dir.',
  });
}
