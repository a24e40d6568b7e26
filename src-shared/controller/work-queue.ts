import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** First delay of a failing key; doubles with each failure. Default 5 ms. */
  readonly retryInitialMs?: number;
  /** Default 30 s. */
  readonly retryMaxMs?: number;
}

/**
 * Keys waiting to be worked on. A key is queued at most once, handed to at most one worker at a time, and
 * queued again after `done` when it was added meanwhile. Keys come out in the order they went in.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #retryInitialMs: number;
  readonly #retryMaxMs: number;
  /** Waiting to be handed out, in order. */
  readonly #ready = new Set<string>();
  readonly #processing = new Set<string>();
  /** Added while being processed. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, { readonly dueMs: number; readonly timer: Disposable }>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#retryInitialMs = options.retryInitialMs ?? 5;
    this.#retryMaxMs = options.retryMaxMs ?? 30_000;
  }

  /** Keys ready to be taken. */
  get depth(): number {
    return this.#ready.size;
  }

  add(key: string): void {
    if (this.#closed) return;
    if (this.#processing.has(key)) {
      this.#again.add(key);
      return;
    }
    const taker = this.#takers.shift();
    if (taker) {
      this.#processing.add(key);
      taker(key);
    } else {
      this.#ready.add(key);
    }
  }

  /** Adds the key after the delay; of several delays for one key the shortest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#closed) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const dueMs = this.#clock.now() + delayMs;
    const waiting = this.#delayed.get(key);
    if (waiting && waiting.dueMs <= dueMs) return;
    waiting?.timer.dispose();
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { dueMs, timer });
  }

  /** Adds the key after its back-off, which this call doubles. Returns the delay in milliseconds. */
  retry(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delayMs = Math.min(this.#retryInitialMs * 2 ** failures, this.#retryMaxMs);
    this.addAfter(key, delayMs);
    return delayMs;
  }

  /** Ends the key's back-off: it went well. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, as soon as there is one; undefined once the queue is closed. Call `done` with it. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    const [key] = this.#ready;
    if (key === undefined) return new Promise((resolve) => this.#takers.push(resolve));
    this.#ready.delete(key);
    this.#processing.add(key);
    return Promise.resolve(key);
  }

  done(key: string): void {
    this.#processing.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Drops everything waiting, cancels timers and lets every taker go. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) timer.dispose();
    this.#delayed.clear();
    this.#ready.clear();
    this.#again.clear();
    this.#failures.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }
}
