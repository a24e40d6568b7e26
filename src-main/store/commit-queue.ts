import { AppError } from '@shared/lib/app-error.ts';
import type { Change, StoredEntry } from './entry.ts';
import { FatalWriteError } from './log-file.ts';

/** A transaction that was decided and waits to become durable. */
export interface Pending {
  readonly revision: number;
  readonly changes: readonly Change[];
  readonly line: string;
}

interface Waiting extends Pending {
  readonly resolve: () => void;
  readonly reject: (error: AppError) => void;
  /** True once durable, false once given up; never rejects. */
  readonly outcome: Promise<boolean>;
}

export interface CommitSteps {
  /** Makes text durable, or throws an AppError with the log as it was before. */
  append(text: string): Promise<void>;
  /** The transactions are durable now: apply them, tell watchers. Called before their writers are answered. */
  committed(batch: readonly Pending[]): void;
  /** Nothing is being written at this moment. An error it throws forbids further writes. */
  between(): Promise<void>;
}

const batchMaxLength = 8 * 1024 * 1024;

/**
 * Group commit. Decided transactions queue up in revision order; one write and one flush serve all that
 * waited. When a batch cannot be written, it and everything decided after it (on the strength of it) are
 * rejected together, and revisions start again behind the last durable one.
 */
export class CommitQueue {
  readonly #steps: CommitSteps;
  readonly #latest = new Map<string, { revision: number; entry: StoredEntry | undefined }>();
  #queue: Waiting[] = [];
  #inFlight: readonly Waiting[] = [];
  #running: Promise<void> | undefined;
  #durableRevision: number;
  #fatal: FatalWriteError | undefined;

  constructor(durableRevision: number, steps: CommitSteps) {
    this.#durableRevision = durableRevision;
    this.#steps = steps;
  }

  get nextRevision(): number {
    return (this.#last()?.revision ?? this.#durableRevision) + 1;
  }

  /** Set once the disk failed in a way that forbids further writes. */
  get fatal(): FatalWriteError | undefined {
    return this.#fatal;
  }

  /** What a waiting transaction makes of `key`; undefined when none touches it. */
  pending(key: string): { readonly entry: StoredEntry | undefined } | undefined {
    return this.#latest.get(key);
  }

  /** Resolves true when everything queued so far is durable, false when it was given up. */
  settled(): Promise<boolean> {
    return this.#last()?.outcome ?? Promise.resolve(true);
  }

  /** Resolves once the transaction, which must carry `nextRevision`, is durable. */
  async add(pending: Pending): Promise<void> {
    if (this.#fatal) throw this.#fatal;
    for (const { key, entry } of pending.changes) {
      this.#latest.set(key, { revision: pending.revision, entry });
    }
    const durable = new Promise<void>((resolve, reject) => {
      let settle: (durable: boolean) => void = () => {};
      const outcome = new Promise<boolean>((done) => {
        settle = done;
      });
      this.#queue.push({
        ...pending,
        outcome,
        resolve: () => {
          settle(true);
          resolve();
        },
        reject: (error) => {
          settle(false);
          reject(error);
        },
      });
    });
    this.#running ??= this.#run();
    await durable;
  }

  /** Writes a line that changes no entry and takes no revision; resolves once it is durable. */
  note(line: string): Promise<void> {
    return this.add({ revision: this.nextRevision - 1, changes: [], line });
  }

  /** Resolves once the queue stands still. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    try {
      do {
        await nextTurn();
        this.#inFlight = this.#takeBatch();
        if (this.#inFlight.length > 0) await this.#commit(this.#inFlight);
        await this.#steps.between().catch((error: unknown) => this.#giveUp(asFatal(error)));
      } while (this.#queue.length > 0);
    } finally {
      this.#running = undefined;
    }
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#steps.append(batch.map((waiting) => waiting.line).join(''));
    } catch (error) {
      this.#giveUp(error instanceof AppError ? error : asFatal(error));
      return;
    }
    this.#durableRevision = batch.at(-1)?.revision ?? this.#durableRevision;
    for (const { changes, revision } of batch) {
      for (const { key } of changes) {
        if (this.#latest.get(key)?.revision === revision) this.#latest.delete(key);
      }
    }
    this.#inFlight = [];
    this.#steps.committed(batch);
    for (const waiting of batch) waiting.resolve();
  }

  #giveUp(error: AppError): void {
    if (error instanceof FatalWriteError) this.#fatal = error;
    const given = [...this.#inFlight, ...this.#queue];
    this.#inFlight = [];
    this.#queue = [];
    this.#latest.clear();
    for (const waiting of given) waiting.reject(error);
  }

  #takeBatch(): Waiting[] {
    let count = 0;
    for (let length = 0; count < this.#queue.length && length < batchMaxLength; count++) {
      length += this.#queue[count]?.line.length ?? 0;
    }
    return this.#queue.splice(0, count);
  }

  #last(): Waiting | undefined {
    return this.#queue.at(-1) ?? this.#inFlight.at(-1);
  }
}

/** Lets writers that were answered just now, or run in the same turn, join the next batch. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function asFatal(error: unknown): FatalWriteError {
  if (error instanceof FatalWriteError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new FatalWriteError(
    { code: 'Internal', message: `writing the log failed: ${message}` },
    { cause: error },
  );
}
