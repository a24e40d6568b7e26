import type { Clock } from '@shared/lib/clock.ts';

/** Time that passes only by `advance`. */
export interface ManualClock extends Clock {
  /** Moves time on and runs the timers that are due, in order. */
  advance(ms: number): void;
}

/** Starts at the system's time, so that times written by others make sense. */
export function createManualClock(startMs = Date.now()): ManualClock {
  let nowMs = startMs;
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  return {
    now: () => nowMs,
    setTimer(delayMs, callback) {
      const timer = { dueMs: nowMs + delayMs, callback };
      timers.add(timer);
      return { dispose: () => void timers.delete(timer) };
    },
    advance(ms) {
      nowMs += ms;
      const due = [...timers].filter(({ dueMs }) => dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs);
      for (const timer of due) {
        if (timers.delete(timer)) timer.callback();
      }
    },
  };
}
