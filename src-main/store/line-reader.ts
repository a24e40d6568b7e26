import { open } from 'node:fs/promises';
import { isTorn, unframe } from './record.ts';

const chunkBytes = 1 << 20;
const newline = 10;

/** A file of the store is not what was written. Internal: callers turn it into an AppError or repair it. */
export class Damage extends Error {
  override readonly name = 'Damage';
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  /** Byte at which the damaged line begins: everything before it is good. */
  readonly offset: number;

  constructor(path: string, line: number, offset: number, what: string) {
    super(what);
    this.path = path;
    this.line = line;
    this.offset = offset;
  }
}

/** What stands behind the last whole line of a file when a crash interrupted writing it. */
export interface TornTail {
  readonly line: number;
  readonly offset: number;
  readonly bytes: number;
}

export interface ReadOptions {
  /** Called with each line's verified body (valid during the call only), its number from 1 and its offset. */
  onLine(body: Buffer, line: number, offset: number): void;
  /** Called for a damaged line; reading goes on behind it. Without it, {@link Damage} is thrown. */
  onDamage?(damage: Damage): void;
}

/**
 * Reads a file of framed lines in order and in chunks, so a large file costs its lines and one buffer.
 * Answers the offset behind the last good line, and the torn tail if there is one.
 */
export async function readLines(
  path: string,
  { onLine, onDamage }: ReadOptions,
): Promise<{ endOffset: number; torn: TornTail | undefined }> {
  const file = await open(path, 'r');
  try {
    let buffer = Buffer.allocUnsafe(chunkBytes);
    let filled = 0;
    let offset = 0;
    let line = 1;
    const damaged = (what: string) => {
      const damage = new Damage(path, line, offset, what);
      if (!onDamage) throw damage;
      onDamage(damage);
    };
    for (;;) {
      const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, offset + filled);
      const total = filled + bytesRead;
      let start = 0;
      for (let end = find(buffer, filled, total); end >= 0; end = find(buffer, start, total)) {
        const body = unframe(buffer.subarray(start, end));
        if (body) onLine(body, line, offset);
        else damaged('the line does not match its checksum');
        offset += end + 1 - start;
        start = end + 1;
        line++;
      }
      filled = total - start;
      if (bytesRead === 0) break;
      if (filled === buffer.length) {
        const larger = Buffer.allocUnsafe(buffer.length * 2);
        buffer.copy(larger, 0, start, total);
        buffer = larger;
      } else {
        buffer.copyWithin(0, start, total);
      }
    }
    if (filled === 0) return { endOffset: offset, torn: undefined };
    if (!isTorn(buffer.subarray(0, filled))) {
      damaged('the last line is damaged');
      return { endOffset: offset, torn: undefined };
    }
    return { endOffset: offset, torn: { line, offset, bytes: filled } };
  } finally {
    await file.close();
  }
}

function find(buffer: Buffer, from: number, end: number): number {
  const at = buffer.subarray(from, end).indexOf(newline);
  return at < 0 ? -1 : from + at;
}
