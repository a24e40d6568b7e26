import type { Clock } from '@shared/lib/clock.ts';
import type { Disposable } from '@shared/lib/disposable.ts';

/** Entries due within this time of each other are taken together. */
const graceMs = 200;
const longestTimerMs = 2 ** 31 - 1;

/** Calls `expire` with the keys whose time has come. A key is tracked until it is set again or cleared. */
export class Expiry implements Disposable {
  readonly #clock: Clock;
  readonly #expire: (keys: string[]) => void;
  readonly #due = new Map<string, number>();
  #timer: Disposable | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, expire: (keys: string[]) => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  /** `expiresAt` in milliseconds since the epoch; undefined: never. */
  track(key: string, expiresAt: number | undefined): void {
    if (expiresAt === undefined) {
      this.#due.delete(key);
      return;
    }
    this.#due.set(key, expiresAt);
    this.#wakeAt(expiresAt);
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    this.#due.clear();
  }

  #wakeAt(time: number): void {
    if (this.#timer && this.#timerAt <= time) return;
    this.#timer?.dispose();
    this.#timerAt = time;
    const delay = Math.min(Math.max(time - this.#clock.now(), 0), longestTimerMs);
    this.#timer = this.#clock.setTimer(delay, () => this.#wake());
  }

  #wake(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    const keys: string[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const [key, time] of this.#due) {
      if (time <= now) keys.push(key);
      else if (time < next) next = time;
    }
    for (const key of keys) this.#due.delete(key);
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(Math.max(next, now + graceMs));
    if (keys.length > 0) this.#expire(keys);
  }
}
