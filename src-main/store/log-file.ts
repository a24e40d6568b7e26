import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import { syncFolder, writeFileAtomic } from '../platform/atomic-file.ts';
import { encodeHeader } from './record.ts';

/** What the log asks of an open file. */
export interface AppendHandle {
  /** What `write` has written would survive power loss: `datasync` need not follow. */
  readonly writesDurably?: boolean;
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export type OpenAppend = (path: string) => Promise<AppendHandle>;

/**
 * Linux flushes as part of the write where that is asked for (O_DSYNC, open(2)): one trip to a thread and back instead
 * of two, between which a busy event loop lets milliseconds pass. Other systems mean less by it.
 */
export const openAppend: OpenAppend = async (path) => {
  const writesDurably = process.platform === 'linux';
  const file = await open(path, writesDurably ? constants.O_RDWR | constants.O_DSYNC : 'r+');
  return {
    writesDurably,
    write: (buffer, offset, length, position) => file.write(buffer, offset, length, position),
    datasync: () => file.datasync(),
    truncate: (length) => file.truncate(length),
    close: () => file.close(),
  };
};

/** The disk may no longer agree with what was reported: nothing more may be written in this process. */
export class FatalWriteError extends AppError {}

/**
 * One segment of the log, open for appending. `append` resolves once its text would survive power loss.
 * When it rejects with DiskFull, the file is back at its last good byte and can be appended to again; any
 * other failure is a {@link FatalWriteError}, because after a failed flush the operating system may have
 * dropped the data while a second flush reports success (https://wiki.postgresql.org/wiki/Fsync_Errors).
 */
export class LogFile {
  readonly path: string;
  /** The segment holds the transactions behind this revision. */
  readonly after: number;
  readonly #handle: AppendHandle;
  #goodBytes: number;

  private constructor(path: string, after: number, handle: AppendHandle, goodBytes: number) {
    this.path = path;
    this.after = after;
    this.#handle = handle;
    this.#goodBytes = goodBytes;
  }

  /**
   * Makes a new segment in `dir`, durable before this resolves. When it rejects there is none; where even
   * that cannot be had, with a {@link FatalWriteError}, for the old segment must not grow beside a newer one.
   */
  static async create(dir: string, after: number, openFile: OpenAppend): Promise<LogFile> {
    const path = join(dir, segmentName(after));
    const header = encodeHeader({ format: 'slipway-store-log', version: 1, after });
    try {
      await writeFileAtomic(path, header);
      return new LogFile(path, after, await openFile(path), Buffer.byteLength(header));
    } catch (error) {
      try {
        await rm(path, { force: true });
        await syncFolder(dir);
      } catch (second) {
        throw fatal(path, second);
      }
      throw error;
    }
  }

  /**
   * Opens a segment that ends with a whole line at `goodBytes`; what stands behind is cut off. What a killed
   * process had written without flushing it is made durable before anyone reads it.
   */
  static async open(path: string, after: number, at: { goodBytes: number; openFile: OpenAppend }) {
    const handle = await at.openFile(path);
    try {
      await handle.truncate(at.goodBytes);
      await handle.datasync();
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new LogFile(path, after, handle, at.goodBytes);
  }

  get sizeBytes(): number {
    return this.#goodBytes;
  }

  /** Appends whole lines. One call at a time. */
  async append(text: string): Promise<void> {
    const data = Buffer.from(text);
    try {
      await this.#writeAll(data);
    } catch (error) {
      await this.#takeBack(error);
      throw diskFull(this.path, error);
    }
    try {
      if (!this.#handle.writesDurably) await this.#handle.datasync();
    } catch (error) {
      throw fatal(this.path, error);
    }
    this.#goodBytes += data.length;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #writeAll(data: Buffer): Promise<void> {
    for (let done = 0; done < data.length; ) {
      const { bytesWritten } = await this.#handle.write(
        data,
        done,
        data.length - done,
        this.#goodBytes + done,
      );
      done += bytesWritten;
    }
  }

  /** After a failed write: returns with the file at its last good byte, or throws a fatal error. */
  async #takeBack(cause: unknown): Promise<void> {
    if (!isDiskFull(cause)) throw fatal(this.path, cause);
    try {
      await this.#handle.truncate(this.#goodBytes);
      await this.#handle.datasync();
    } catch (error) {
      throw fatal(this.path, error);
    }
  }
}

export function segmentName(after: number): string {
  return `log-${String(after).padStart(16, '0')}.jsonl`;
}

/** True for an error that says there is no room: a full disk, a quota, a file size limit. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
}

export function diskFull(path: string, cause: unknown): AppError {
  return new AppError(
    {
      code: 'DiskFull',
      message: `No space is left to write ${path}; the change was not made.`,
      remedy: 'Free some disk space and try again; nothing that was saved is lost.',
    },
    { cause },
  );
}

function fatal(path: string, cause: unknown): FatalWriteError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FatalWriteError(
    {
      code: 'Internal',
      message: `writing ${path} failed (${reason}); no further change is accepted`,
      remedy: 'Check the disk (dmesg, smartctl), then stop and start the cluster.',
    },
    { cause },
  );
}
