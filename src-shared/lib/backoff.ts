export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  /** Each delay is lengthened by up to this share of itself, so that many waiters do not return at once. */
  readonly jitter?: number;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** Delays that double from `initialMs` to `maxMs` until `reset`. */
export class Backoff {
  readonly #options: BackoffOptions;
  #nextMs: number;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#nextMs = options.initialMs;
  }

  /** The delay to wait now, in milliseconds; the following one is twice as long. */
  next(): number {
    const { maxMs, jitter = 0, random = Math.random } = this.#options;
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(delayMs * 2, maxMs);
    return delayMs * (1 + jitter * random());
  }

  reset(): void {
    this.#nextMs = this.#options.initialMs;
  }
}
