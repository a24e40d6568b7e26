import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Clock, sleep } from '@shared/lib/clock.ts';

/**
 * Garbage there may be before it is collected, in percent of what is alive: V8 by itself lets the heap grow to four
 * times that.
 */
const smallHeap = ['--heap-growing-percent=50'];
/**
 * Code that has just begun to be used is translated to machine code at once and optimized early: most of what the first
 * thousands of requests cost is slow code and V8's compiling of it, late and much at a time.
 */
const earlyCode = ['--always-sparkplug', '--interrupt-budget=20000'];
/** A start is left to V8's own ways, which are fast: it collects nothing and compiles little. */
const startMs = 2000;
const periodMs = 1000;
/** Share of a core below which a period counts as quiet. */
const quietShare = 0.1;

/**
 * Sets V8 for a server that lives long beside others, once the start is over: a heap near what is alive in it, code that
 * is soon fast. And once, as soon as little goes on, collects what the start left behind (more than the store holds),
 * which would lie there until the heap is large. Resolves then.
 */
export async function settleEngine(clock: Clock, signal: AbortSignal): Promise<void> {
  const pause = (ms: number) => sleep(clock, ms, signal).catch(() => undefined); // aborted: the loop's condition ends it
  await pause(startMs);
  for (const flag of [...smallHeap, ...earlyCode]) setFlagsFromString(flag);
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
