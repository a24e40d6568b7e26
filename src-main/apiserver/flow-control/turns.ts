import { performance } from 'node:perf_hooks';

/** Work of one priority level, as the event loop sees it. */
export interface Lane {
  readonly name: string;
  /** How large its part of the time is, relative to the others that want some. */
  weight: number;
  /** Milliseconds used so far, divided by the weight; never behind the others. */
  used: number;
  readonly waiting: (() => void)[];
}

export function createLane(name: string, weight: number): Lane {
  return { name, weight, used: 0, waiting: [] };
}

/** How long requests may keep the event loop before sockets and timers get their turn. */
const budgetMs = 4;

/**
 * Shares the one thread there is. In a process of one thread, requests that are served "at the same time" wait for
 * each other wherever they compute; so each piece of computing (a request once its body is read, a part of a long
 * list) asks for a turn first. While the current turn of the event loop is young, it is granted at once and costs
 * next to nothing. When it has grown old, pieces wait, are let in one by one in later turns, and whichever level has
 * used the least time for its weight comes first: a few requests of a node never stand behind a flood of others.
 */
export class Turns {
  readonly #lanes = new Set<Lane>();
  readonly #now: () => number;
  #beganMs: number | undefined;
  #lastMs = 0;
  #last: Lane | undefined;
  #isDraining = false;
  #floor = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Undefined: go on at once. Otherwise resolves when it is this lane's turn. */
  take(lane: Lane): Promise<void> | undefined {
    const now = this.#now();
    if (this.#beganMs === undefined) {
      this.#beganMs = now;
      if (!this.#isDraining) setImmediate(this.#endTurn);
    } else {
      this.#charge(now);
    }
    if (this.#lanes.size === 0 && now - this.#beganMs < budgetMs) {
      this.#last = lane;
      this.#lastMs = now;
      if (lane.used < this.#floor) lane.used = this.#floor;
      return undefined;
    }
    return this.#wait(lane);
  }

  #wait(lane: Lane): Promise<void> {
    if (lane.waiting.length === 0 && lane.used < this.#floor) lane.used = this.#floor;
    this.#lanes.add(lane);
    return new Promise((resolve) => lane.waiting.push(resolve));
  }

  /** What was computed since the last piece began is that piece's. */
  #charge(now: number): void {
    if (this.#last) this.#last.used += (now - this.#lastMs) / this.#last.weight;
    this.#last = undefined;
  }

  readonly #endTurn = (): void => {
    this.#charge(this.#now());
    this.#beganMs = undefined;
    if (this.#lanes.size > 0) this.#drain();
  };

  /** Lets pieces in, each after the one before has computed, until this turn is old. */
  #drain(): void {
    this.#isDraining = true;
    this.#beganMs = this.#now();
    this.#admitNext();
  }

  #admitNext(): void {
    const now = this.#now();
    this.#charge(now);
    const next = this.#neediest();
    if (!next || now - (this.#beganMs ?? now) >= budgetMs) {
      this.#isDraining = false;
      setImmediate(this.#endTurn);
      return;
    }
    this.#floor = Math.max(this.#floor, next.used);
    this.#last = next;
    this.#lastMs = now;
    const admit = next.waiting.shift();
    if (next.waiting.length === 0) this.#lanes.delete(next);
    admit?.();
    // Behind all promises that follow from this one: by then the piece has computed what it could.
    queueMicrotask(() => process.nextTick(() => this.#admitNext()));
  }

  #neediest(): Lane | undefined {
    let best: Lane | undefined;
    for (const lane of this.#lanes) if (!best || lane.used < best.used) best = lane;
    return best;
  }
}
