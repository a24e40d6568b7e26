import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Clock, sleep } from '@shared/lib/clock.ts';
import { LogFormatter, type LogOptions } from './log-line.ts';

const chunkBytes = 64 * 1024;
const pollMs = 100;

export interface LogSource {
  readonly path: string;
  /** Whether more may be written to it. */
  isRunning(): Promise<boolean>;
}

/**
 * The log of one container as bytes for its reader. With `follow` it goes on until the container has ended and
 * all it wrote was read, over rotations of the file; a missing file counts as an empty one.
 */
export async function* readLog(
  source: LogSource,
  options: LogOptions,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): AsyncIterable<Buffer> {
  const formatter = new LogFormatter(options);
  let file = await openLog(source.path);
  let reader = file && new LineReader(file, await startOffset(file, options.tailLines));
  try {
    for (;;) {
      const shown = reader ? await drain(reader, formatter) : Buffer.alloc(0);
      if (shown.length > 0) {
        yield shown;
        continue;
      }
      if (!options.follow || formatter.isFull || signal.aborted) return;
      if (await hasBeenReplaced(file, source.path)) {
        // What was written before the rename is read to its end first, then the new file from its beginning.
        const rest = reader ? await drain(reader, formatter) : Buffer.alloc(0);
        if (rest.length > 0) yield rest;
        await file?.close();
        file = await openLog(source.path);
        reader = file && new LineReader(file, 0);
        continue;
      }
      if (!(await source.isRunning())) {
        const rest = reader ? await drain(reader, formatter) : Buffer.alloc(0);
        if (rest.length > 0) yield rest;
        else return;
      }
      await sleep(clock, pollMs, signal).catch(() => undefined);
    }
  } finally {
    await file?.close();
  }
}

async function openLog(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** At most one chunk's worth of formatted lines; empty at the present end of the file. */
async function drain(reader: LineReader, formatter: LogFormatter): Promise<Buffer> {
  for (;;) {
    if (formatter.isFull) return Buffer.alloc(0);
    const lines = await reader.next();
    if (!lines) return Buffer.alloc(0);
    const shown = Buffer.concat(lines.map((line) => formatter.format(line)));
    if (shown.length > 0) return shown;
  }
}

async function hasBeenReplaced(file: FileHandle | undefined, path: string): Promise<boolean> {
  const present = await stat(path).catch(() => undefined);
  if (!file) return present !== undefined;
  return present !== undefined && present.ino !== (await file.stat()).ino;
}

/** Reads whole lines; what follows the last newline waits until its newline is there. */
class LineReader {
  readonly #file: FileHandle;
  readonly #buffer = Buffer.alloc(chunkBytes);
  #offset: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(file: FileHandle, offset: number) {
    this.#file = file;
    this.#offset = offset;
  }

  /** The lines of the next chunk, possibly none; undefined at the end of the file. */
  async next(): Promise<readonly Buffer[] | undefined> {
    const { bytesRead } = await this.#file.read(this.#buffer, 0, chunkBytes, this.#offset);
    if (bytesRead === 0) return undefined;
    this.#offset += bytesRead;
    const data = Buffer.concat([this.#rest, this.#buffer.subarray(0, bytesRead)]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a, start)) {
      lines.push(data.subarray(start, end));
      start = end + 1;
    }
    this.#rest = Buffer.from(data.subarray(start));
    return lines;
  }
}

/** Where the last `tailLines` lines begin; a line without its newline yet counts as one. */
async function startOffset(file: FileHandle, tailLines: number | undefined): Promise<number> {
  if (tailLines === undefined) return 0;
  const { size } = await file.stat();
  if (tailLines === 0) return size;
  const buffer = Buffer.alloc(chunkBytes);
  let lines = 0;
  // The newline that ends the file ends its last line; every one before it begins another.
  for (let end = size - 1; end > 0; ) {
    const start = Math.max(0, end - chunkBytes);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    for (let index = bytesRead - 1; index >= 0; index--) {
      if (buffer[index] === 0x0a && ++lines === tailLines) return start + index + 1;
    }
    end = start;
  }
  return 0;
}
