import type { Disposable } from '@shared/lib/disposable.ts';
import type { JsonObject } from '@shared/lib/types.ts';

/**
 * The store: etcd's semantics, small. One monotone revision per cluster; every transaction that changes
 * something takes the next one. Keys are plain strings ordered by UTF-16 code unit; values are JSON objects.
 *
 * Guarantees
 * - Durability: a transaction is acknowledged only after it would survive `kill -9` and power loss.
 * - Reads see acknowledged state only, and every acknowledged transaction before them.
 * - Ownership: entries and their values are shared and read-only (deeply frozen outside production).
 * - Order: every watcher sees every change of its prefix exactly once, in revision order.
 */
export interface Store {
  /** Revision of the last acknowledged transaction; 0 for an empty store. */
  readonly revision: number;
  /** The oldest revision that `get` and `range` know and that a watch can go on from; below: {@link CompactedError}. */
  readonly compactedRevision: number;

  /** The entry under `key`, or undefined. With `at`: as of that revision (CompactedError, FutureRevisionError). */
  get(key: string, options?: { at?: number }): Promise<Entry | undefined>;
  range(prefix: string, options?: RangeOptions): Promise<RangeResult>;

  /**
   * Checks every comparison against the latest state (including transactions not yet acknowledged); when all
   * hold, applies every operation at one new revision and resolves once that is durable. When one fails,
   * nothing happens and the current entries of the compared keys are returned in order.
   */
  txn(transaction: Transaction): Promise<TransactionResult>;

  /**
   * Delivers changes under `prefix` with revision > `after`, past ones first, then live ones, each call with
   * the events of one or more whole transactions. The listener must not throw and must not block.
   * Throws {@link CompactedError} when `after` lies before the compaction revision.
   */
  watch(prefix: string, after: number, listener: (events: readonly StoreEvent[]) => void): Disposable;

  /** Forgets history before `revision` (the current state stays). */
  compact(revision: number): Promise<void>;

  /** Makes pending work durable, ends watches and releases files. The store cannot be used afterwards. */
  close(): Promise<void>;
}

/** One stored object. `json` is `JSON.stringify(value)`, made once. */
export interface Entry {
  readonly key: string;
  /** As stamped by {@link StoreOptions.stamp}. May be a getter of the entry's class: do not spread entries. */
  readonly value: JsonObject;
  readonly json: string;
  readonly createRevision: number;
  readonly modRevision: number;
}

export interface RangeOptions {
  /** At most this many entries. */
  limit?: number;
  /** Start behind this key (exclusive). */
  after?: string;
  /** As of this revision instead of now. */
  at?: number;
}

export interface RangeResult {
  /** In key order. */
  readonly entries: readonly Entry[];
  /** The revision this is a picture of. */
  readonly revision: number;
  /** How many more entries lie behind the last one returned. */
  readonly remaining: number;
}

export interface Transaction {
  readonly compare: readonly Compare[];
  readonly ops: readonly Op[];
}

/** Holds when the key's last change was at `modRevision`; 0: when the key does not exist. */
export interface Compare {
  readonly key: string;
  readonly modRevision: number;
}

export type Op =
  | {
      readonly type: 'put';
      readonly key: string;
      readonly value: JsonObject;
      /** Delete the entry this long after now, unless it is put again before. */
      readonly ttlSeconds?: number;
    }
  | { readonly type: 'delete'; readonly key: string };

export type TransactionResult =
  | {
      readonly ok: true;
      readonly revision: number;
      /** Per operation: the entry put, or the entry deleted (undefined when there was none). */
      readonly entries: readonly (Entry | undefined)[];
    }
  | { readonly ok: false; readonly current: readonly (Entry | undefined)[] };

export type StoreEvent =
  | {
      readonly type: 'put';
      readonly revision: number;
      readonly entry: Entry;
      readonly previous: Entry | undefined;
    }
  | { readonly type: 'delete'; readonly revision: number; readonly previous: Entry };

export interface StoreOptions {
  /**
   * Puts the revision into a value when it is stored (the API server sets metadata.resourceVersion).
   * Must return a new object (copy along the path); runs once per put.
   */
  stamp(value: JsonObject, revision: number): JsonObject;
}

/** The asked-for revision is no longer (fully) known. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError';
  readonly compactedRevision: number;

  constructor(compactedRevision: number) {
    super(`the required revision has been compacted; the oldest one is ${compactedRevision}`);
    this.compactedRevision = compactedRevision;
  }
}

/** The asked-for revision lies in the future. */
export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError';
}
