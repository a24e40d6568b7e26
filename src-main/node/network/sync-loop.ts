import { Backoff } from '@shared/lib/backoff.ts';
import { type Clock, sleep } from '@shared/lib/clock.ts';

export interface SyncLoopOptions {
  /** For the log. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
  /** Brings the kernel to the present state. Called one at a time; it throws to be called again later. */
  readonly sync: () => Promise<void>;
}

/** How long changes are gathered before one sync takes them all. */
const gatherMs = 20;

/**
 * Calls `sync` once when it starts to run, and once for every burst of requests, never twice at a time. A
 * request during a sync leads to one more. After a failure it tries again with back-off, 0.5 to 30 seconds.
 */
export class SyncLoop {
  readonly #options: SyncLoopOptions;
  readonly #backoff = new Backoff({ initialMs: 500, maxMs: 30_000 });
  #requested = true;
  #wake: (() => void) | undefined;

  constructor(options: SyncLoopOptions) {
    this.#options = options;
  }

  request(): void {
    this.#requested = true;
    this.#wake?.();
  }

  /** Resolves when `signal` aborts, after a sync under way has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { name, clock, log, sync } = this.#options;
    const pause = (delayMs: number) => sleep(clock, delayMs, signal).catch(() => undefined);
    while (!signal.aborted) {
      if (!this.#requested) await this.#nextRequest(signal);
      if (signal.aborted) return;
      await pause(gatherMs);
      this.#requested = false;
      try {
        await sync();
        this.#backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        log(`sync of ${name} failed`, { error: errorText(error) });
        this.#requested = true;
        await pause(this.#backoff.next());
      }
    }
  }

  #nextRequest(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

function errorText(error: unknown): string {
  const detail = error instanceof Error && 'detail' in error && error.detail ? `: ${error.detail}` : '';
  return `${error}${detail}`;
}
