import { apiVersionOf } from '@shared/api/meta.ts';
import type { ListResponse } from '../request.ts';
import type { HttpResponse } from './exchange.ts';

/** An answer larger than this is written in parts of about this size. */
export const partBytes = 128 * 1024;
/** A client that takes nothing for so long is let go. */
const maxStallMs = 60_000;

/** Whether a list is so long that making its JSON at once would hold up others. */
export function isLong({ entries }: ListResponse): boolean {
  let length = 0;
  for (const { json } of entries) {
    length += json.length;
    if (length > partBytes) return true;
  }
  return false;
}

/** A list is the concatenation of its items' cached texts. */
export function listText(list: ListResponse): string {
  return `${listHead(list)}${list.entries.map(({ json }) => json).join(',')}]}\n`;
}

function listHead({ kind, metadata }: ListResponse): string {
  return `{"kind":"${kind.kind}List","apiVersion":"${apiVersionOf(kind)}","metadata":${JSON.stringify(metadata)},"items":[`;
}

/** The bytes of a long list, bit by bit. */
export function* listParts(list: ListResponse): Generator<Uint8Array> {
  const part = new Part();
  part.add(listHead(list));
  let isFirst = true;
  for (const { json } of list.entries) {
    if (!isFirst) part.add(',');
    part.add(json);
    isFirst = false;
    if (part.length >= partBytes) yield part.take();
  }
  part.add(']}\n');
  yield part.take();
}

/** Texts become bytes one behind the other in one place: joining them first costs twice the time. */
class Part {
  #buffer = Buffer.allocUnsafe(2 * partBytes);
  length = 0;

  add(text: string): void {
    if (text.length * 3 > this.#buffer.length - this.length) this.#grow(text.length * 3);
    this.length += this.#buffer.write(text, this.length);
  }

  take(): Uint8Array {
    const taken = this.#buffer.subarray(0, this.length);
    this.#buffer = Buffer.allocUnsafe(2 * partBytes);
    this.length = 0;
    return taken;
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafe(this.length + bytes);
    this.#buffer.copy(larger, 0, 0, this.length);
    this.#buffer = larger;
  }
}

/** Pieces of any size, together in parts. */
export function* inParts(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let part: Uint8Array[] = [];
  let length = 0;
  for (const piece of pieces) {
    part.push(piece);
    length += piece.byteLength;
    if (length < partBytes) continue;
    yield Buffer.concat(part, length);
    part = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(part, length);
}

/** The bytes of an answer, bit by bit and without copying; the last one by itself (see `Http1Response`). */
export function* byteParts(bytes: Uint8Array): Generator<Uint8Array> {
  const end = bytes.byteLength - 1;
  for (let at = 0; at < end; at += partBytes) yield bytes.subarray(at, Math.min(at + partBytes, end));
  yield bytes.subarray(end);
}

/** Where parts go: the answer itself, or what compresses it. */
interface Sink {
  write(part: string | Uint8Array): boolean;
  end(): unknown;
  once(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

/**
 * Writes parts as fast as the client reads and as turns to compute are to be had, so that a long answer takes neither
 * memory nor the event loop from others. Resolves when all is handed over or the client is gone.
 */
export async function writeParts(
  parts: Iterable<string | Uint8Array>,
  { sink, response }: { readonly sink: Sink; readonly response: HttpResponse },
  turn: (() => Promise<void> | undefined) | undefined,
): Promise<void> {
  for (const part of parts) {
    const wait = turn?.();
    if (wait) await wait;
    if (response.destroyed) return;
    if (!sink.write(part)) await drained(sink, response);
  }
  if (!response.destroyed) sink.end();
}

/** As {@link taken}; whoever takes nothing for long is let go. */
export async function drained(sink: Pick<Sink, 'once' | 'off'>, response: HttpResponse): Promise<void> {
  const timer = setTimeout(() => response.destroy(), maxStallMs);
  await taken(sink, response);
  clearTimeout(timer);
}

/** Resolves when what was written has been taken, or the client is gone. */
export function taken(sink: Pick<Sink, 'once' | 'off'>, response: HttpResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = () => {
      sink.off('drain', settle);
      response.off('close', settle);
      resolve();
    };
    sink.once('drain', settle);
    response.once('close', settle);
  });
}
