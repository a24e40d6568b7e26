import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { AppError } from '@shared/lib/app-error.ts';
import { paths } from './data-dir.ts';

/** `<data-dir>/app.json` (mode 0600): how the running app is reached by the command line and a second start. */
export interface Instance {
  readonly pid: number;
  /** The gateway's port on 127.0.0.1; 0 until it listens. */
  readonly port: number;
  /** Opens a session at the gateway. */
  readonly token: string;
}

/** The app that holds this data folder, or undefined when none runs. A stale file is not an app. */
export function runningInstance(dataDir: string): Instance | undefined {
  const instance = readInstance(dataDir);
  return instance && isAlive(instance.pid) ? instance : undefined;
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
  const token = randomBytes(32).toString('base64url');
  for (let attempt = 0; ; attempt += 1) {
    try {
      write(file, 'wx', { pid: process.pid, port: 0, token });
      break;
    } catch (error) {
      if (!isExists(error)) throw error;
      const other = runningInstance(dataDir);
      if (other || attempt > 0) throw alreadyRunning(dataDir, other);
      rmSync(file, { force: true });
    }
  }
  return {
    token,
    publish: (port) => write(file, 'w', { pid: process.pid, port, token }),
    release: () => {
      if (readInstance(dataDir)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

function readInstance(dataDir: string): Instance | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(paths.instance(dataDir), 'utf8'));
    return isInstance(value) ? value : undefined;
  } catch {
    return undefined; // missing, or cut short by a crash: no app holds the folder
  }
}

function isInstance(value: unknown): value is Instance {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, port, token } = value as Record<string, unknown>;
  return typeof pid === 'number' && typeof port === 'number' && typeof token === 'string';
}

function write(file: string, flag: 'w' | 'wx', instance: Instance): void {
  const handle = openSync(file, flag, 0o600);
  try {
    writeSync(handle, `${JSON.stringify(instance)}\n`);
  } finally {
    closeSync(handle);
  }
}

/** True when a process with this id exists (also one of another user). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isExists(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

function alreadyRunning(dataDir: string, other: Instance | undefined): AppError {
  return new AppError({
    code: 'AlreadyRunning',
    message: `Slipway already runs on ${dataDir}${other ? ` (process ${other.pid})` : ''}.`,
    remedy: 'Use its window, or choose another folder with --data-dir.',
  });
}
