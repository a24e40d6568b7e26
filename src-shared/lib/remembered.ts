import type { Clock } from './clock.ts';

/** An answer, and how long it may be given again. */
export interface Believed<T> {
  readonly value: T;
  readonly forMs: number;
}

/**
 * Answers of others that hold for a while. Equal questions at the same time are one; a question that fails is asked
 * again next time. Of more than `max` answers the oldest are forgotten.
 */
export class Remembered<T> {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #known = new Map<string, Believed<T> & { readonly untilMs: number }>();
  readonly #asked = new Map<string, Promise<T>>();

  constructor(clock: Clock, max = 1000) {
    this.#clock = clock;
    this.#max = max;
  }

  async get(key: string, ask: () => Promise<Believed<T>>): Promise<T> {
    const known = this.#known.get(key);
    if (known && known.untilMs > this.#clock.now()) return known.value;
    const asked = this.#asked.get(key) ?? this.#ask(key, ask);
    this.#asked.set(key, asked);
    return asked;
  }

  async #ask(key: string, ask: () => Promise<Believed<T>>): Promise<T> {
    try {
      const answer = await ask();
      this.#known.delete(key);
      if (answer.forMs > 0) this.#known.set(key, { ...answer, untilMs: this.#clock.now() + answer.forMs });
      for (const oldest of this.#known.keys()) {
        if (this.#known.size <= this.#max) break;
        this.#known.delete(oldest);
      }
      return answer.value;
    } finally {
      this.#asked.delete(key);
    }
  }
}
