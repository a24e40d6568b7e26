import { untilAborted } from './gateway-listener.ts';

/** Something that runs until its signal aborts and resolves when it has stopped. */
export interface Loop {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Starts loops in order and stops them in reverse order, one after the other, when `signal` aborts or one of
 * them fails. Rejects with the first failure.
 */
export async function runLoops(loops: readonly Loop[], signal: AbortSignal): Promise<void> {
  const failure: { error?: unknown } = {};
  const stop = new AbortController();
  const running = loops.map((loop) => {
    const controller = new AbortController();
    const done = loop.run(controller.signal).catch((error: unknown) => {
      if (controller.signal.aborted) return;
      failure.error ??= new Error(
        `${loop.name} failed: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
      stop.abort();
    });
    return { controller, done };
  });
  await Promise.race([untilAborted(signal), untilAborted(stop.signal)]);
  for (const { controller, done } of running.toReversed()) {
    controller.abort();
    await done;
  }
  if (failure.error !== undefined) throw failure.error;
}
