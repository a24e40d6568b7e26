import { assert } from '@shared/lib/assert.ts';
import { type Change, eventOf, type StoredEntry, type StoredEvent } from './entry.ts';
import { History, type HistoryBudget } from './history.ts';
import { prefixEnd, SortedKeys } from './sorted-keys.ts';
import { CompactedError, FutureRevisionError, type RangeOptions, type RangeResult } from './store.ts';

/** The acknowledged state with its history, in memory. No I/O, nothing pending. */
export class State {
  revision: number;
  compactedRevision: number;
  readonly #entries: Map<string, StoredEntry>;
  readonly #keys: SortedKeys;
  readonly #history = new History();
  readonly #budget: HistoryBudget;

  /** `entries` in key order: the state at `revision`, before which nothing is known. */
  constructor(options: { revision: number; entries: readonly StoredEntry[]; budget: HistoryBudget }) {
    this.revision = options.revision;
    this.compactedRevision = options.revision;
    this.#entries = new Map(options.entries.map((entry) => [entry.key, entry]));
    this.#keys = SortedKeys.fromSorted(options.entries.map((entry) => entry.key));
    this.#budget = options.budget;
  }

  get size(): number {
    return this.#entries.size;
  }

  get historyLength(): number {
    return this.#history.length;
  }

  /** All present entries in key order. */
  all(): StoredEntry[] {
    return this.#keys.take('', this.#keys.size).map((key) => this.#present(key));
  }

  latest(key: string): StoredEntry | undefined {
    return this.#entries.get(key);
  }

  /** Applies one transaction; `revision` must be the next one. */
  apply(revision: number, changes: readonly Change[]): StoredEvent[] {
    assert(revision === this.revision + 1, `revision ${revision} follows ${this.revision}`);
    const events = changes.map((change) => eventOf(change, revision, this.#entries.get(change.key)));
    for (const { key, entry } of changes) {
      if (entry) {
        this.#entries.set(key, entry);
        this.#keys.add(key);
      } else {
        this.#entries.delete(key);
        this.#keys.delete(key);
      }
    }
    this.revision = revision;
    this.#history.append(events);
    const dropped = this.#history.fit(this.#budget);
    if (dropped !== undefined) this.compactedRevision = Math.max(this.compactedRevision, dropped);
    return events;
  }

  /** Forgets the history before `revision`: the state at `revision` itself and later ones stay readable. */
  compact(revision: number): void {
    if (revision <= this.compactedRevision) return;
    this.#history.dropThrough(revision);
    this.compactedRevision = revision;
  }

  get(key: string, at: number | undefined): StoredEntry | undefined {
    if (!this.#isPast(at)) return this.#entries.get(key);
    const then = this.#history.undo(at, key);
    return then.has(key) ? then.get(key) : this.#entries.get(key);
  }

  range(prefix: string, options: RangeOptions): RangeResult {
    const { after, at, limit = Number.POSITIVE_INFINITY } = options;
    const start = after !== undefined && after >= prefix ? `${after}\0` : prefix;
    const end = prefixEnd(prefix);
    const past = this.#isPast(at) ? this.#history.undo(at, prefix) : undefined;
    const isPresent = !past || past.size === 0;
    if (isPresent && options.limit === undefined) {
      const entries = this.#keys.between(start, end).map((key) => this.#present(key));
      return { entries, revision: at ?? this.revision, remaining: 0 };
    }
    const rankOfEnd = end === undefined ? this.#keys.size : this.#keys.rank(end);
    const present = Math.max(0, rankOfEnd - this.#keys.rank(start));
    if (isPresent) {
      const entries = this.#keys.take(start, Math.min(limit, present)).map((key) => this.#present(key));
      return { entries, revision: at ?? this.revision, remaining: present - entries.length };
    }
    const isInside = (key: string) => key >= start && (end === undefined || key < end);
    let total = present;
    for (const [key, entry] of past) {
      if (isInside(key)) total += Number(entry !== undefined) - Number(this.#entries.has(key));
    }
    const entries: StoredEntry[] = [];
    for (const key of this.#keysWith(past, start)) {
      if (entries.length >= limit || !isInside(key)) break;
      const entry = past.has(key) ? past.get(key) : this.#entries.get(key);
      if (entry) entries.push(entry);
    }
    return { entries, revision: at ?? this.revision, remaining: total - entries.length };
  }

  /** The changes under `prefix` behind `after`; CompactedError when some of them may be forgotten. */
  since(after: number, prefix: string): StoredEvent[] {
    if (after < this.compactedRevision) throw new CompactedError(this.compactedRevision);
    return this.#history.since(after, prefix);
  }

  #isPast(at: number | undefined): at is number {
    if (at === undefined || at === this.revision) return false;
    if (at > this.revision) {
      throw new FutureRevisionError(`revision ${at} lies in the future; the store is at ${this.revision}`);
    }
    if (at < this.compactedRevision) throw new CompactedError(this.compactedRevision);
    return true;
  }

  /** The keys from `start` on, in order: those present and those of `past`, each once. */
  *#keysWith(past: ReadonlyMap<string, unknown>, start: string): Generator<string, void> {
    const extra = [...past.keys()].filter((key) => key >= start && !this.#entries.has(key)).sort();
    let next = 0;
    for (const key of this.#keys.from(start)) {
      for (let other = extra[next]; other !== undefined && other < key; other = extra[next]) {
        next++;
        yield other;
      }
      yield key;
    }
    yield* extra.slice(next);
  }

  #present(key: string): StoredEntry {
    const entry = this.#entries.get(key);
    assert(entry, `${key} is present`);
    return entry;
  }
}
