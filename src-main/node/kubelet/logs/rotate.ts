import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Clock, sleep } from '@shared/lib/clock.ts';
import type { ContainerRuntime } from '../runtime.ts';

export const maxLogBytes = 10 * 1024 * 1024;
/** Files per container, the present one included. */
export const maxLogFiles = 5;
const checkMs = 10_000;

export interface RotationOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

/** Keeps the logs of running containers small until `signal` aborts. */
export async function runLogRotation(
  { runtime, clock, log }: RotationOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(clock, checkMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      for (const { id, state } of await runtime.listContainers()) {
        if (state === 'Running') await rotateIfLarge(runtime, id, new Date(clock.now()));
      }
    } catch (error) {
      log('log rotation failed', { error: String(error) });
    }
  }
}

/** Moves a container's log aside once it is large, and makes the runtime write to a new file. */
export async function rotateIfLarge(runtime: ContainerRuntime, id: string, now: Date): Promise<void> {
  const path = (await runtime.containerStatus(id))?.logPath;
  if (!path) return;
  const stats = await stat(path).catch(() => undefined);
  if (!stats || stats.size < maxLogBytes) return;
  const time = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const aside = `${path}.${time}`;
  await rename(path, aside);
  try {
    await runtime.reopenContainerLog(id);
  } catch (error) {
    // The runtime goes on writing to the file under its new name: give it its old one back.
    await rename(aside, path);
    throw error;
  }
  await removeOld(path);
}

/** Removes a container's log with all that was moved aside of it. */
export async function removeLog(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => []);
  const own = names.filter((name) => name === basename(path) || name.startsWith(`${basename(path)}.`));
  await Promise.all(own.map((name) => rm(join(dirname(path), name), { force: true })));
}

async function removeOld(path: string): Promise<void> {
  const directory = dirname(path);
  const prefix = `${basename(path)}.`;
  const rotated = (await readdir(directory)).filter((name) => name.startsWith(prefix)).toSorted();
  for (const name of rotated.slice(0, Math.max(0, rotated.length - (maxLogFiles - 1)))) {
    await rm(join(directory, name), { force: true });
  }
}
