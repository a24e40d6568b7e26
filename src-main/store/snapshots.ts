import { rm } from 'node:fs/promises';
import { syncFolder } from '../platform/atomic-file.ts';
import { readFolder } from './folder.ts';
import { FatalWriteError, LogFile, type OpenAppend } from './log-file.ts';
import type { Seal } from './record.ts';
import { writeSnapshot } from './snapshot.ts';
import type { State } from './state.ts';

export interface SnapshotsOptions {
  readonly logFile: LogFile;
  readonly state: State;
  readonly openFile: OpenAppend;
  /** Log growth in bytes that makes a snapshot worth while. */
  readonly minBytes: number;
  /** How values are written; absent: as they are. */
  readonly seal?: Seal | undefined;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

/**
 * Keeps the log short: from time to time a new segment is begun, the state at that point is written beside
 * it, and the segments before it are removed. Writers wait for the new segment only, never for the snapshot.
 */
export class Snapshots {
  readonly #dir: string;
  readonly #options: SnapshotsOptions;
  readonly #stop = new AbortController();
  #logFile: LogFile;
  #running: Promise<void> | undefined;
  /** Size of the current segment at which to try next. */
  #dueAtBytes: number;

  constructor(dir: string, options: SnapshotsOptions) {
    this.#dir = dir;
    this.#options = options;
    this.#logFile = options.logFile;
    this.#dueAtBytes = options.minBytes;
  }

  /** The segment to append to. */
  get logFile(): LogFile {
    return this.#logFile;
  }

  /** Must not run beside an append. */
  async rotateWhenDue(): Promise<void> {
    if (this.#running || this.#stop.signal.aborted || this.#logFile.sizeBytes < this.#dueAtBytes) return;
    const { state, log, minBytes } = this.#options;
    const revision = state.revision;
    if (revision === this.#logFile.after) return;
    const previous = this.#logFile;
    try {
      this.#logFile = await LogFile.create(this.#dir, revision, this.#options.openFile);
    } catch (error) {
      if (error instanceof FatalWriteError) throw error;
      this.#dueAtBytes = previous.sizeBytes + minBytes;
      log('no new log segment could be begun; going on with the old one', { error: String(error) });
      return;
    }
    await previous.close();
    const entries = state.all();
    const stateBytes = entries.reduce((sum, entry) => sum + entry.json.length, 0);
    this.#dueAtBytes = Math.max(minBytes, stateBytes / 2);
    this.#running = this.#write({ revision, entries }).finally(() => {
      this.#running = undefined;
    });
  }

  /** Writes everything anew, as values are sealed today, and removes what held them otherwise. Before any append. */
  async rewrite(): Promise<void> {
    const { state, seal, openFile } = this.#options;
    const { revision } = state;
    if (revision !== this.#logFile.after) {
      const previous = this.#logFile;
      this.#logFile = await LogFile.create(this.#dir, revision, openFile);
      await previous.close();
    }
    await writeSnapshot(this.#dir, { revision, entries: state.all() }, { seal });
    await removeBefore(this.#dir, revision);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#logFile.close();
  }

  async #write(state: { revision: number; entries: ReturnType<State['all']> }): Promise<void> {
    const { log } = this.#options;
    try {
      if (!(await writeSnapshot(this.#dir, state, { signal: this.#stop.signal, seal: this.#options.seal })))
        return;
      await removeBefore(this.#dir, state.revision);
      log('snapshot written', { revision: state.revision, entries: state.entries.length });
    } catch (error) {
      log('a snapshot could not be written; the log is kept instead', { error: String(error) });
    }
  }
}

/** Removes what the snapshot at `revision` has replaced; what a crash leaves of this, the next start removes. */
async function removeBefore(dir: string, revision: number): Promise<void> {
  const { snapshots, segments } = await readFolder(dir);
  for (const file of [...segments, ...snapshots]) {
    if (file.revision < revision) await rm(file.path, { force: true });
  }
  await syncFolder(dir);
}
