import { mkdir, rm } from 'node:fs/promises';
import { AppError } from '@shared/lib/app-error.ts';
import { assert } from '@shared/lib/assert.ts';
import { type Clock, systemClock } from '@shared/lib/clock.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import { syncFolder } from '../platform/atomic-file.ts';
import { CommitQueue, type Pending } from './commit-queue.ts';
import { type Change, StoredEntry } from './entry.ts';
import { Expiry } from './expiry.ts';
import { readFolder } from './folder.ts';
import type { HistoryBudget } from './history.ts';
import { Damage } from './line-reader.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import { diskFull, isDiskFull, LogFile, type OpenAppend, openAppend } from './log-file.ts';
import { encodeCompaction, encodeTransaction } from './record.ts';
import { type Loaded, loadFolder, type Recovered, stateCorrupt } from './recovery.ts';
import { noSealer, type Sealer } from './seal.ts';
import { Snapshots } from './snapshots.ts';
import type { State } from './state.ts';
import {
  type Entry,
  FutureRevisionError,
  type Op,
  type RangeOptions,
  type RangeResult,
  type Store,
  type StoreEvent,
  type StoreOptions,
  type Transaction,
  type TransactionResult,
} from './store.ts';
import { WatchHub } from './watch-hub.ts';

export interface FileStoreOptions extends StoreOptions {
  readonly log?: (message: string, fields?: Record<string, unknown>) => void;
  readonly clock?: Clock;
  /** Named in the remedy when the state is damaged. */
  readonly clusterName?: string;
  /** History beyond this much JSON (bytes) is compacted, oldest first; default 16 MiB. */
  readonly historyMaxBytes?: number;
  /** History beyond this many changes is compacted, oldest first; default 50,000. */
  readonly historyMaxEvents?: number;
  /** A snapshot is made when the log has grown by this much and by half of the state; default 16 MiB. */
  readonly snapshotMinBytes?: number;
  /** Encrypts values on disk; absent: they are written as they are. */
  readonly sealer?: Sealer;
  /** How the log is opened for appending; a test lets it fail like a broken disk. */
  readonly openAppend?: OpenAppend;
}

/** A store on a folder. */
export interface FileStore extends Store {
  /** What an interrupted write had left behind and the start has cut off. */
  readonly recovered: Recovered | undefined;
}

/**
 * Opens the store in `dir` (made when missing), which belongs to this process until `close`.
 * Throws AppError: AlreadyRunning when another process has it, StateCorrupt when a file is damaged, DiskFull
 * when there is no room even to begin.
 */
export async function openFileStore(dir: string, options: FileStoreOptions): Promise<FileStore> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return await openLocked(dir, options, await lockFolder(dir));
  } catch (error) {
    if (error instanceof Damage) throw stateCorrupt(error, options.clusterName ?? 'NAME');
    throw isDiskFull(error) ? diskFull(dir, error) : error;
  }
}

async function openLocked(dir: string, options: FileStoreOptions, lock: FolderLock): Promise<FileStore> {
  try {
    const budget: HistoryBudget = {
      maxBytes: options.historyMaxBytes ?? 16 * 1024 * 1024,
      maxEvents: options.historyMaxEvents ?? 50_000,
    };
    const { sealer } = options;
    let isStale = false;
    const loaded = await loadFolder(dir, budget, (key, text) => {
      isStale ||= sealer?.isCurrent(key, text) === false;
      return (sealer ?? noSealer).open(key, text);
    });
    await tidy(dir, loaded);
    const openFile = options.openAppend ?? openAppend;
    const logFile = loaded.last
      ? await LogFile.open(loaded.last.file.path, loaded.last.file.revision, {
          goodBytes: loaded.last.goodBytes,
          openFile,
        })
      : await LogFile.create(dir, 0, openFile);
    if (loaded.recovered) options.log?.('cut off an interrupted write', { ...loaded.recovered });
    const store = new OpenStore(dir, options, { lock, loaded, logFile });
    if (isStale) await store.rewrite();
    return store;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Removes what a crash left: files never finished and files already replaced. */
async function tidy(dir: string, loaded: Loaded): Promise<void> {
  const { unfinished } = await readFolder(dir);
  const paths = [...unfinished, ...loaded.superseded.map((file) => file.path)];
  for (const path of paths) await rm(path, { force: true });
  if (paths.length > 0) await syncFolder(dir);
}

class OpenStore implements FileStore {
  readonly recovered: Recovered | undefined;
  readonly #options: FileStoreOptions;
  readonly #clock: Clock;
  readonly #lock: FolderLock;
  readonly #state: State;
  readonly #queue: CommitQueue;
  readonly #watches: WatchHub;
  readonly #expiry: Expiry;
  readonly #snapshots: Snapshots;
  #closing: Promise<void> | undefined;

  constructor(
    dir: string,
    options: FileStoreOptions,
    parts: { lock: FolderLock; loaded: Loaded; logFile: LogFile },
  ) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#lock = parts.lock;
    this.recovered = parts.loaded.recovered;
    this.#state = parts.loaded.state;
    const log = options.log ?? (() => {});
    this.#watches = new WatchHub((error) => log('a watch listener threw', { error: String(error) }));
    this.#snapshots = new Snapshots(dir, {
      logFile: parts.logFile,
      state: this.#state,
      openFile: options.openAppend ?? openAppend,
      minBytes: options.snapshotMinBytes ?? 16 * 1024 * 1024,
      seal: options.sealer?.seal,
      log,
    });
    this.#queue = new CommitQueue(this.#state.revision, {
      append: (text) => this.#snapshots.logFile.append(text),
      committed: (batch) => this.#committed(batch),
      between: () => this.#snapshots.rotateWhenDue(),
    });
    this.#expiry = new Expiry(this.#clock, (keys) => void this.#expire(keys));
    for (const entry of this.#state.all()) {
      if (entry.expiresAt !== undefined) this.#expiry.track(entry.key, entry.expiresAt);
    }
  }

  get revision(): number {
    return this.#state.revision;
  }

  get compactedRevision(): number {
    return this.#state.compactedRevision;
  }

  async get(key: string, options: { at?: number } = {}): Promise<Entry | undefined> {
    this.#checkOpen();
    return this.#state.get(key, options.at);
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    this.#checkOpen();
    return this.#state.range(prefix, options);
  }

  async txn(transaction: Transaction): Promise<TransactionResult> {
    for (;;) {
      this.#checkOpen();
      const keys = transaction.compare.map((compare) => compare.key);
      if (
        transaction.compare.every(
          ({ key, modRevision }) => (this.#latest(key)?.modRevision ?? 0) === modRevision,
        )
      ) {
        return this.#apply(transaction.ops);
      }
      const current = keys.map((key) => this.#latest(key));
      const isDurable = keys.every((key) => this.#queue.pending(key) === undefined);
      // What made the comparison fail may itself fail to become durable; then the question is open again.
      if (isDurable || (await this.#queue.settled())) return { ok: false, current };
    }
  }

  watch(prefix: string, after: number, listener: (events: readonly StoreEvent[]) => void): Disposable {
    this.#checkOpen();
    return this.#watches.add({ prefix, after, listener, past: this.#state.since(after, prefix) });
  }

  async compact(revision: number): Promise<void> {
    this.#checkOpen();
    if (revision > this.#state.revision) {
      throw new FutureRevisionError(
        `revision ${revision} lies in the future; the store is at ${this.revision}`,
      );
    }
    if (revision <= this.#state.compactedRevision) return;
    this.#state.compact(revision);
    await this.#queue.note(encodeCompaction(revision));
  }

  /** Writes all values as they are sealed today. Only before the store is handed out; lets its file go when it fails. */
  async rewrite(): Promise<void> {
    try {
      await this.#snapshots.rewrite();
    } catch (error) {
      this.#expiry.dispose();
      await this.#snapshots.close();
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#queue.idle();
    this.#expiry.dispose();
    this.#watches.clear();
    await this.#snapshots.close();
    await this.#lock.release();
  }

  /** Decides the transaction now, at one revision, and answers once it is durable. */
  async #apply(ops: readonly Op[]): Promise<TransactionResult> {
    const revision = this.#queue.nextRevision;
    const touched = new Set<string>();
    const changes: Change[] = [];
    const entries = ops.map((op) => {
      assert(!touched.has(op.key), `a transaction names ${op.key} once`);
      touched.add(op.key);
      const previous = this.#latest(op.key);
      const entry = op.type === 'put' ? this.#newEntry(op, revision, previous) : undefined;
      if (entry || previous) changes.push({ key: op.key, entry });
      return entry ?? previous;
    });
    if (changes.length === 0) {
      if (!(await this.#queue.settled())) return this.#apply(ops);
      return { ok: true, revision: this.revision, entries };
    }
    await this.#queue.add({
      revision,
      changes,
      line: encodeTransaction(revision, changes, this.#options.sealer?.seal),
    });
    return { ok: true, revision, entries };
  }

  #newEntry(op: Op & { type: 'put' }, revision: number, previous: StoredEntry | undefined): StoredEntry {
    const value = this.#options.stamp(op.value, revision);
    return new StoredEntry({
      key: op.key,
      value,
      json: JSON.stringify(value),
      createRevision: previous?.createRevision ?? revision,
      modRevision: revision,
      expiresAt: op.ttlSeconds === undefined ? undefined : this.#clock.now() + op.ttlSeconds * 1000,
    });
  }

  /** The latest version of `key`, durable or waiting. */
  #latest(key: string): StoredEntry | undefined {
    const pending = this.#queue.pending(key);
    return pending ? pending.entry : this.#state.latest(key);
  }

  #committed(batch: readonly Pending[]): void {
    const events = batch.flatMap(({ revision, changes }) =>
      changes.length > 0 ? this.#state.apply(revision, changes) : [],
    );
    for (const { changes } of batch) {
      for (const { key, entry } of changes) this.#expiry.track(key, entry?.expiresAt);
    }
    this.#watches.publish(events);
    for (const event of events) event.previous?.forget();
  }

  /** Deletes what has expired and was not put again meanwhile; what cannot be deleted now is tried later. */
  async #expire(keys: readonly string[]): Promise<void> {
    const now = this.#clock.now();
    await Promise.all(
      keys.map(async (key) => {
        const entry = this.#latest(key);
        if (entry?.expiresAt === undefined || entry.expiresAt > now || this.#closing) return;
        try {
          const compare = [{ key, modRevision: entry.modRevision }];
          await this.txn({ compare, ops: [{ type: 'delete', key }] });
        } catch (error) {
          this.#options.log?.('an expired entry could not be deleted', { key, error: String(error) });
          if (!this.#closing && !this.#queue.fatal) this.#expiry.track(key, now + 10_000);
        }
      }),
    );
  }

  #checkOpen(): void {
    if (this.#closing) throw new AppError({ code: 'Cancelled', message: 'the store is closed' });
  }
}
