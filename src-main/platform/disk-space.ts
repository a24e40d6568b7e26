import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';

/** Room on a disk as this user may use it. */
interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

const mebibyte = 2 ** 20;

/** Whether the disk of `path` has no room left to speak of. */
export function isDiskFull(path: string): boolean {
  const space = diskSpace(path);
  return space !== undefined && space.freeBytes < mebibyte;
}

/** AppError `DiskFull` unless there is room for `neededBytes` at `path`. */
export function requireSpace(path: string, neededBytes: number): void {
  const space = diskSpace(path);
  if (space && space.freeBytes < neededBytes) throw diskFull(path, { neededBytes });
}

interface Shortage {
  /** What came of it, without a full stop; nothing yet when absent. */
  readonly happened?: string;
  readonly neededBytes: number;
  /** How to choose another disk. */
  readonly elsewhere?: string;
  readonly detail?: string;
}

/** The error for a disk without room: where, how much is left, how much is needed, what to do. */
export function diskFull(
  path: string,
  { happened, neededBytes, elsewhere = '--data-dir', detail }: Shortage,
): AppError {
  const space = diskSpace(path);
  const left = space ? ` (${megabytes(space.freeBytes)} of ${megabytes(space.totalBytes)} left)` : '';
  const what = `too little space on the disk of ${path}${left}`;
  return new AppError({
    code: 'DiskFull',
    message: happened === undefined ? `There is ${what}.` : `${happened}: there is ${what}.`,
    remedy: `Free some, so that there are at least ${megabytes(neededBytes)}, or choose another disk with ${elsewhere}, and try again; nothing that was saved is lost.`,
    ...(detail !== undefined && { detail }),
  });
}

/** Of the disk that `path` lies on, or will once it is made; undefined where it cannot be told. */
function diskSpace(path: string): DiskSpace | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    const parent = dirname(path);
    return parent === path ? undefined : diskSpace(parent);
  }
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / mebibyte)} MiB`;
}
