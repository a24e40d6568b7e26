import { eventKey, type StoredEntry, type StoredEvent } from './entry.ts';

/** Roughly what an event holds besides its texts, in bytes. */
const eventOverheadBytes = 160;

export interface HistoryBudget {
  readonly maxBytes: number;
  readonly maxEvents: number;
}

/**
 * The changes since the compaction revision, in revision order. A state of the past is the present state with
 * the changes after it undone, so this one list serves watches and reads at a revision alike.
 */
export class History {
  #events: StoredEvent[] = [];
  #head = 0;
  #bytes = 0;

  get length(): number {
    return this.#events.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(events: readonly StoredEvent[]): void {
    for (const event of events) {
      this.#events.push(event);
      this.#bytes += sizeOf(event);
    }
  }

  /** The changes under `prefix` behind revision `after`. */
  since(after: number, prefix: string): StoredEvent[] {
    const found: StoredEvent[] = [];
    for (let i = this.#firstBehind(after); i < this.#events.length; i++) {
      const event = this.#events[i];
      if (event && eventKey(event).startsWith(prefix)) found.push(event);
    }
    return found;
  }

  /** For every key under `prefix` changed behind revision `at`: what it was then (undefined: not there). */
  undo(at: number, prefix: string): Map<string, StoredEntry | undefined> {
    const then = new Map<string, StoredEntry | undefined>();
    for (const event of this.since(at, prefix)) {
      const key = eventKey(event);
      if (!then.has(key)) then.set(key, event.previous);
    }
    return then;
  }

  /** Drops all changes up to and including `revision`. */
  dropThrough(revision: number): void {
    const end = this.#firstBehind(revision);
    for (; this.#head < end; this.#head++) this.#bytes -= sizeOf(this.#events[this.#head]);
    this.#trim();
  }

  /** Drops the oldest transactions until the budget holds; the last revision dropped, undefined when none. */
  fit(budget: HistoryBudget): number | undefined {
    let dropped: number | undefined;
    while (this.length > 0 && (this.#bytes > budget.maxBytes || this.length > budget.maxEvents)) {
      dropped = this.#events[this.#head]?.revision;
      while (this.length > 0 && this.#events[this.#head]?.revision === dropped) {
        this.#bytes -= sizeOf(this.#events[this.#head]);
        this.#head++;
      }
    }
    if (dropped !== undefined) this.#trim();
    return dropped;
  }

  /** Releases the dropped part of the array once it is the larger part. */
  #trim(): void {
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
  }

  #firstBehind(revision: number): number {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const event = this.#events[middle];
      if (event && event.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function sizeOf(event: StoredEvent | undefined): number {
  if (!event) return 0;
  return eventOverheadBytes + (event.previous?.json.length ?? 0);
}
