import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface AuditLogOptions {
  /** JSON lines are appended here. */
  readonly path: string;
  /** A file that would grow beyond this is put aside, as `audit-<time>.log`. */
  readonly maxBytes: number;
  /** So many files that were put aside are kept. */
  readonly maxBackups: number;
  log(message: string, fields?: Record<string, unknown>): void;
}

/** Makes the line of an event, without its line feed; when it is written and not before. */
export type MakeLine = () => string | Promise<string>;

const maxWaiting = 10_000;
const flushMs = 100;
const batchLines = 200;

/**
 * The file of the audit log. Requests never wait for it: what is to be written is only remembered, made into lines
 * and written in batches soon after. When the disk is full or broken, events are lost, counted and that is said once,
 * until writing works again; the same when more than 10,000 wait.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;
  #waiting: MakeLine[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastAsideMs = 0;
  #writing: Promise<void> = Promise.resolve();
  #file: { readonly handle: FileHandle; size: number } | undefined;
  #isFailing = false;
  /** Events written, and events lost, since the start. */
  written = 0;
  lost = 0;

  constructor(options: AuditLogOptions) {
    this.#options = options;
  }

  add(make: MakeLine): void {
    if (this.#waiting.length >= maxWaiting) {
      this.#lose(1, new Error('events come faster than they can be written'));
      return;
    }
    this.#waiting.push(make);
    this.#timer ??= setTimeout(() => this.#flushSoon(), flushMs);
  }

  /** Resolves when everything that was added is written (or lost). */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#flushSoon();
    return this.#writing;
  }

  async close(): Promise<void> {
    await this.flush();
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
  }

  #flushSoon(): void {
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#writeAll());
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, batchLines);
      this.#waiting = this.#waiting.slice(batchLines);
      await this.#writeBatch(batch);
      await new Promise((resolve) => setImmediate(resolve)); // requests come first
    }
  }

  async #writeBatch(batch: readonly MakeLine[]): Promise<void> {
    try {
      let text = '';
      for (const make of batch) text += `${await make()}\n`;
      await this.#append(Buffer.from(text));
      this.written += batch.length;
      if (this.#isFailing) this.#options.log('the audit log is written again', { lost: this.lost });
      this.#isFailing = false;
    } catch (error) {
      this.#lose(batch.length, error);
    }
  }

  async #append(bytes: Buffer): Promise<void> {
    const { path, maxBytes } = this.#options;
    if (this.#file && this.#file.size > 0 && this.#file.size + bytes.length > maxBytes)
      await this.#putAside();
    this.#file ??= await openFile(path);
    try {
      await this.#file.handle.appendFile(bytes);
      this.#file.size += bytes.length;
    } catch (error) {
      await this.#file.handle.close().catch(() => {}); // the error that counts is the first
      this.#file = undefined;
      throw error;
    }
  }

  async #putAside(): Promise<void> {
    const { path, maxBackups } = this.#options;
    await this.#file?.handle.close();
    this.#file = undefined;
    const { folder, prefix, suffix } = namesOf(path);
    const taken = new Set(await readdir(folder));
    const nameAt = (ms: number) => `${prefix}${stampOf(ms)}${suffix}`;
    let ms = Math.max(Date.now(), this.#lastAsideMs + 1); // names sort as the files came
    while (taken.has(nameAt(ms))) ms += 1;
    this.#lastAsideMs = ms;
    const name = nameAt(ms);
    await rename(path, join(folder, name));
    const backups = [...taken, name]
      .filter((file) => file.startsWith(prefix) && file.endsWith(suffix))
      .sort();
    const old = backups.slice(0, Math.max(0, backups.length - maxBackups));
    for (const file of old) await rm(join(folder, file), { force: true });
  }

  #lose(count: number, error: unknown): void {
    this.lost += count;
    if (this.#isFailing) return;
    this.#isFailing = true;
    const why = error instanceof Error ? error.message : String(error);
    this.#options.log('the audit log cannot be written; events are lost until it can', {
      path: this.#options.path,
      error: why,
    });
  }
}

async function openFile(path: string): Promise<{ readonly handle: FileHandle; size: number }> {
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, 'a', 0o600);
  return { handle, size: (await handle.stat()).size };
}

/** `audit.log` → `audit-`, `.log`. */
function namesOf(path: string): {
  readonly folder: string;
  readonly prefix: string;
  readonly suffix: string;
} {
  const name = basename(path);
  const dot = name.lastIndexOf('.');
  const end = dot < 0 ? name.length : dot;
  return { folder: dirname(path), prefix: `${name.slice(0, end)}-`, suffix: name.slice(end) };
}

/** `2026-01-31T12-00-00.000` */
function stampOf(ms: number): string {
  return new Date(ms).toISOString().replaceAll(':', '-').replace('Z', '');
}
