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
/** More than this side by side gain nothing. */
const maxGroup = 32;

/**
 * Shares the one thread there is. In a process of one thread, requests that are served "at the same time" wait for
 * each other wherever they compute; so each piece of computing (a request once its body is read, a part of a long
 * list) asks for a turn first. While the current turn of the event loop is young, it is granted at once and costs
 * next to nothing. When it has grown old, pieces wait, are let in in later turns, and whichever level has used the least
 * time for its weight comes first: a few requests of a node never stand behind a flood of others.
 *
 * Pieces that wait are let in as many at once as fit into a turn: they then go through the same code step by step, side
 * by side, which the processor does in half the time it takes when each goes through all of it alone (its code stays in
 * the cache). Writes always wait for the end of the loop's round, to be one of such a group.
 */
export class Turns {
  readonly #lanes = new Set<Lane>();
  readonly #now: () => number;
  #exempt: (() => void)[] = [];
  #beganMs: number | undefined;
  /** What computes now, since when, and what it was expected to take, each. */
  #group: Lane[] = [];
  #groupMs = 0;
  #expectedMs = 0;
  /** How long a piece of a group takes, on average. */
  #pieceMs = 1;
  #isDraining = false;
  #floor = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Undefined: go on at once. Otherwise resolves when it is this lane's turn. */
  take(lane: Lane): Promise<void> | undefined {
    const now = this.#begin();
    if (this.#lanes.size > 0 || now - (this.#beganMs ?? now) >= budgetMs) return this.#wait(lane);
    this.#lift(lane);
    this.#compute([lane], now, 0);
    return undefined;
  }

  /** Resolves at the end of this round of the event loop, or when it is this lane's turn later. */
  join(lane: Lane): Promise<void> {
    this.#begin();
    return this.#wait(lane);
  }

  /** Resolves at the end of this round of the event loop, with all others that ask so. */
  joinExempt(): Promise<void> {
    this.#begin();
    return new Promise((resolve) => this.#exempt.push(resolve));
  }

  /** Counts what was computed up to now; the first call of a round sees to its end. */
  #begin(): number {
    const now = this.#now();
    if (this.#beganMs === undefined) {
      this.#beganMs = now;
      if (!this.#isDraining) setImmediate(this.#endTurn);
    } else this.#charge(now);
    return now;
  }

  #wait(lane: Lane): Promise<void> {
    if (lane.waiting.length === 0) this.#lift(lane);
    this.#lanes.add(lane);
    return new Promise((resolve) => lane.waiting.push(resolve));
  }

  /** Who used nothing for long has saved nothing up. */
  #lift(lane: Lane): void {
    if (lane.used < this.#floor) lane.used = this.#floor;
  }

  #compute(group: Lane[], now: number, expectedMs: number): void {
    this.#group = group;
    this.#groupMs = now;
    this.#expectedMs = expectedMs;
  }

  /** What was computed since the last pieces began is theirs. */
  #charge(now: number): void {
    const group = this.#group;
    if (group.length === 0) return;
    const ms = (now - this.#groupMs) / group.length;
    for (const lane of group) lane.used += (ms - this.#expectedMs) / lane.weight;
    if (this.#expectedMs > 0) this.#pieceMs = 0.8 * this.#pieceMs + 0.2 * ms;
    this.#group = [];
  }

  readonly #endTurn = (): void => {
    this.#charge(this.#now());
    this.#beganMs = undefined;
    if (this.#exempt.length === 0 && this.#lanes.size === 0) return;
    this.#isDraining = true;
    for (const admit of this.#exempt.splice(0)) admit();
    afterPromises(() => {
      this.#beganMs = this.#now();
      this.#admitNext();
    });
  };

  /** Lets pieces in, each group after the one before has computed, until this turn is old. */
  #admitNext(): void {
    const now = this.#now();
    this.#charge(now);
    const leftMs = budgetMs - (now - (this.#beganMs ?? now));
    if (this.#lanes.size === 0 || leftMs <= 0) {
      this.#isDraining = false;
      setImmediate(this.#endTurn);
      return;
    }
    const expectedMs = Math.max(this.#pieceMs, 1e-3);
    const group = this.#pick(Math.max(1, Math.min(maxGroup, Math.floor(leftMs / expectedMs))), expectedMs);
    this.#compute(
      group.map(({ lane }) => lane),
      now,
      expectedMs,
    );
    for (const { admit } of group) admit();
    afterPromises(() => this.#admitNext());
  }

  /** Takes up to `count` pieces out of their lanes: each time of the one that has used least, this group included. */
  #pick(count: number, expectedMs: number): { readonly lane: Lane; readonly admit: () => void }[] {
    const group = [];
    while (group.length < count) {
      const lane = this.#neediest();
      const admit = lane?.waiting.shift();
      if (!lane || !admit) break;
      this.#floor = Math.max(this.#floor, lane.used);
      lane.used += expectedMs / lane.weight;
      if (lane.waiting.length === 0) this.#lanes.delete(lane);
      group.push({ lane, admit });
    }
    return group;
  }

  #neediest(): Lane | undefined {
    let best: Lane | undefined;
    for (const lane of this.#lanes) if (!best || lane.used < best.used) best = lane;
    return best;
  }
}

/** Behind all promises that follow from what was let in: by then it has computed what it could. */
function afterPromises(action: () => void): void {
  queueMicrotask(() => process.nextTick(action));
}
