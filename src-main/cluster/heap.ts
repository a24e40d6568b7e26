import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Clock, sleep } from '@shared/lib/clock.ts';

/** Garbage there may be before it is collected, in percent of what is alive. */
const garbagePercent = 50;
/** A start is left to V8's own ways, which are fast: it collects nothing. */
const startMs = 2000;
const periodMs = 1000;
/** Share of a core below which a period counts as quiet. */
const quietShare = 0.1;

/**
 * Keeps the heap near what is alive in it. V8 by itself lets it grow to four times as much before it collects, and
 * what a start leaves behind (more than the store holds) lies there until the heap is large. So what is allowed is
 * less, and once, as soon as the start is over and little goes on, everything is collected. Resolves then.
 */
export async function keepHeapSmall(clock: Clock, signal: AbortSignal): Promise<void> {
  const pause = (ms: number) => sleep(clock, ms, signal).catch(() => undefined); // aborted: the loop's condition ends it
  await pause(startMs);
  setFlagsFromString(`--heap-growing-percent=${garbagePercent}`);
  while (!signal.aborted) {
    const before = process.cpuUsage();
    await pause(periodMs);
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 < periodMs * quietShare) break;
  }
  if (!signal.aborted) collectGarbage();
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  setFlagsFromString('--compact-on-every-full-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  setFlagsFromString('--no-compact-on-every-full-gc');
}
