import { Backoff } from '../lib/backoff.ts';
import { type Clock, sleep } from '../lib/clock.ts';

export interface Supervision {
  readonly clock: Clock;
  /** Hears of every crash, with the delay until the restart. */
  onCrash(error: unknown, delayMs: number): void;
}

/**
 * Runs a loop until `signal` aborts; when it throws or returns early it is started again after a back-off of
 * 1 s up to 1 min. Resolves when the loop has ended after the abort.
 */
export async function supervise(
  run: (signal: AbortSignal) => Promise<void>,
  supervision: Supervision,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff({ initialMs: 1000, maxMs: 60_000, jitter: 0.2 });
  while (!signal.aborted) {
    let crash: unknown;
    try {
      await run(signal);
      crash = new Error('the loop ended by itself');
    } catch (error) {
      crash = error;
    }
    if (signal.aborted) return;
    const delayMs = backoff.next();
    supervision.onCrash(crash, delayMs);
    await sleep(supervision.clock, delayMs, signal).catch(() => undefined);
  }
}
