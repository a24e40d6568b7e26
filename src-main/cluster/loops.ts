import { type Clock, sleep } from '@shared/lib/clock.ts';
import { untilAborted } from './gateway-listener.ts';

/** Something that runs until its signal aborts and resolves when it has stopped. */
export interface Loop {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

interface LoopsOptions {
  readonly loops: readonly Loop[];
  readonly clock: Clock;
  log(message: string, fields?: Record<string, unknown>): void;
}

/** A loop that has not stopped by then is left behind: the store closes all the same, and nothing is lost. */
const stopTimeoutMs = 3000;

/**
 * Starts loops in order and stops them in reverse order, one after the other, when `signal` aborts or one of
 * them fails. Rejects with the first failure.
 */
export async function runLoops({ loops, clock, log }: LoopsOptions, signal: AbortSignal): Promise<void> {
  const failure: { error?: unknown } = {};
  const stop = new AbortController();
  const running = loops.map((loop) => {
    const controller = new AbortController();
    const done = loop.run(controller.signal).catch((error: unknown) => {
      if (controller.signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      failure.error ??= new Error(`${loop.name} failed: ${why}`, { cause: error });
      stop.abort();
    });
    return { name: loop.name, controller, done };
  });
  await Promise.race([untilAborted(signal), untilAborted(stop.signal)]);
  for (const { name, controller, done } of running.toReversed()) {
    controller.abort();
    const timer = new AbortController();
    const late = sleep(clock, stopTimeoutMs, timer.signal).then(
      () => log('a part did not stop in time', { part: name }),
      () => undefined, // stopped before
    );
    await Promise.race([done, late]);
    timer.abort();
  }
  if (failure.error !== undefined) throw failure.error;
}
