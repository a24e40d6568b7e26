import { Histogram } from '@shared/lib/metrics-text.ts';

const periodMs = 10_000;
const nsPerMs = 1e6;
/** Upper bounds, in multiples of a level's nominal seats, as kube-apiserver's. */
const bounds = [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.7, 2, 2.8, 4, 6];

export interface DemandFacts {
  readonly average: number;
  readonly highest: number;
  readonly deviation: number;
}

/**
 * How many seats a priority level could have used, taken or waited for, weighed by time: over the last whole period of
 * ten seconds, and since the start.
 */
export class Demand {
  /** One observation for each nanosecond, of demand in multiples of the nominal seats. */
  readonly histogram = new Histogram(bounds);
  #nominal = 1;
  #value = 0;
  #beganMs: number | undefined;
  #nowMs = 0;
  #sum = 0;
  #squares = 0;
  #highest = 0;
  #last: DemandFacts = { average: 0, highest: 0, deviation: 0 };

  set nominal(seats: number) {
    this.#nominal = Math.max(1, seats);
  }

  /** From now on it is this many seats. */
  set(value: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#value = value;
    this.#highest = Math.max(this.#highest, value);
  }

  facts(nowMs: number): DemandFacts {
    this.#advance(nowMs);
    return this.#last;
  }

  #advance(nowMs: number): void {
    this.#beganMs ??= this.#nowMs = nowMs;
    const endMs = this.#beganMs + periodMs;
    if (nowMs >= endMs) {
      this.#accumulate(endMs);
      const average = this.#sum / periodMs;
      const deviation = Math.sqrt(Math.max(0, this.#squares / periodMs - average * average));
      this.#last = { average, highest: this.#highest, deviation };
      const quiet = Math.floor((nowMs - endMs) / periodMs);
      if (quiet > 0) this.#last = { average: this.#value, highest: this.#value, deviation: 0 };
      this.#accumulate(endMs + quiet * periodMs);
      this.#beganMs = endMs + quiet * periodMs;
      this.#sum = 0;
      this.#squares = 0;
      this.#highest = this.#value;
    }
    this.#accumulate(nowMs);
  }

  #accumulate(untilMs: number): void {
    const ms = untilMs - this.#nowMs;
    if (ms <= 0) return; // the clock went back, or several things happened at once
    this.#nowMs = untilMs;
    this.#sum += this.#value * ms;
    this.#squares += this.#value * this.#value * ms;
    this.histogram.add(this.#value / this.#nominal, ms * nsPerMs);
  }
}
