import { existsSync, readFileSync } from 'node:fs';
import { AppError, type AppErrorBody } from '@shared/lib/app-error.ts';
import { diskFull, isDiskFull } from '../platform/disk-space.ts';
import { readControlPlaneState } from './cluster-files.ts';
import { clusterBytes, clusterPaths } from './data-dir.ts';

/** The last lines of the control plane's log, to be shown when it ended; none when there is no log. */
export function lastWords(clusterDir: string): readonly string[] {
  return logLines(clusterDir, 0).slice(-5);
}

/**
 * Why a control plane has ended: its own last words (a JSON error line), else a full disk, on which there are
 * none, else the end of its log. `logStart`: where its output begins in the log, if that is known.
 */
export function endOfControlPlane(
  clusterDir: string,
  { happened, logStart = 0 }: { happened: string; logStart?: number },
): AppError {
  const lines = logLines(clusterDir, logStart);
  const own = parseErrorLine(lines.at(-1) ?? '');
  if (own) return new AppError(own);
  if (isDiskFull(clusterDir)) return diskFull(clusterDir, { happened, neededBytes: clusterBytes });
  return new AppError({
    code: 'Internal',
    message: `${happened}.`,
    remedy: `Look at ${clusterPaths.log(clusterDir)}.`,
    detail: lines.slice(-20).join('\n'),
  });
}

/**
 * What keeps a cluster from getting on, while one waits for it: its control plane has ended, or its disk is full.
 * Undefined: nothing that can be told.
 */
export function obstacleOf(clusterDir: string): AppError | undefined {
  if (!readControlPlaneState(clusterDir))
    return endOfControlPlane(clusterDir, { happened: 'The control plane has ended' });
  return isDiskFull(clusterDir)
    ? diskFull(clusterDir, { happened: 'The control plane cannot store anything', neededBytes: clusterBytes })
    : undefined;
}

/** None when the log is gone: a cluster whose creation failed is removed while its process still ends. */
function logLines(clusterDir: string, start: number): readonly string[] {
  const file = clusterPaths.log(clusterDir);
  if (!existsSync(file)) return [];
  return readFileSync(file).subarray(start).toString('utf8').trimEnd().split('\n');
}

function parseErrorLine(line: string): AppErrorBody | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const { error } = value as { error?: AppErrorBody };
    return typeof error?.code === 'string' && typeof error.message === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}
