import { apiVersionOf } from '@shared/api/meta.ts';
import type { ListResponse } from '../request.ts';
import type { HttpResponse } from './exchange.ts';
import { givePartBack, partBytes, takePartBuffer } from './part-buffers.ts';

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

const listTail = ']}\n';

/** A list is the concatenation of its items' cached texts. */
export function listText(list: ListResponse): string {
  return `${listHead(list)}${list.entries.map(({ json }) => json).join(',')}${listTail}`;
}

function listHead({ kind, metadata }: ListResponse): string {
  return `{"kind":"${kind.kind}List","apiVersion":"${apiVersionOf(kind)}","metadata":${JSON.stringify(metadata)},"items":[`;
}

/** The bytes of a long list, bit by bit. */
export function* listParts(list: ListResponse): Generator<Uint8Array> {
  const part = new Part();
  part.addText(listHead(list));
  let isFirst = true;
  for (const { json } of list.entries) {
    if (!part.hasRoom(3 * json.length + 1)) yield part.take();
    if (!isFirst) part.addText(',');
    part.addText(json);
    isFirst = false;
  }
  if (!part.hasRoom(listTail.length)) yield part.take();
  part.addText(listTail);
  yield part.take();
}

/** Pieces of any size, together in parts. */
export function* inParts(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const part = new Part();
  for (const piece of pieces) {
    if (!part.hasRoom(piece.byteLength)) yield part.take();
    part.add(piece);
  }
  yield part.take();
}

/** Texts become bytes one behind the other in one place: joining them first costs twice the time. */
class Part {
  #buffer: Buffer | undefined;
  #length = 0;

  /** Whether so many bytes fit; what nothing stands before is given all the room it needs. */
  hasRoom(bytes: number): boolean {
    return this.#length === 0 || this.#length + bytes <= partBytes;
  }

  addText(text: string): void {
    const mayFit = this.#length + 3 * text.length <= partBytes;
    const buffer = this.#reserve(mayFit ? 3 * text.length : Buffer.byteLength(text));
    this.#length += buffer.write(text, this.#length);
  }

  add(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength).set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  /** What was added, whose buffer is to be given back; the part is empty again. */
  take(): Uint8Array {
    const taken = this.#reserve(0).subarray(0, this.#length);
    this.#buffer = undefined;
    this.#length = 0;
    return taken;
  }

  #reserve(bytes: number): Buffer {
    this.#buffer ??= takePartBuffer();
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return this.#buffer;
    const larger = Buffer.allocUnsafe(needed);
    this.#buffer.copy(larger, 0, 0, this.#length);
    givePartBack(this.#buffer);
    this.#buffer = larger;
    return larger;
  }
}

/** The bytes of an answer, bit by bit and without copying; the last one by itself (see `Http1Response`). */
export function* byteParts(bytes: Uint8Array): Generator<Uint8Array> {
  const end = bytes.byteLength - 1;
  for (let at = 0; at < end; at += partBytes) yield bytes.subarray(at, Math.min(at + partBytes, end));
  yield bytes.subarray(end);
}

/** Where parts go: the answer itself, or what compresses it. */
interface Sink {
  write(part: Uint8Array, done: (error?: Error | null) => void): boolean;
  end(): unknown;
  once(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

/**
 * Writes parts as fast as the client reads and as turns to compute are to be had, so that a long answer takes neither
 * memory nor the event loop from others. Resolves when all is handed over or the client is gone.
 */
export async function writeParts(
  parts: Iterable<Uint8Array>,
  { sink, response }: { readonly sink: Sink; readonly response: HttpResponse },
  turn: (() => Promise<void> | undefined) | undefined,
): Promise<void> {
  for (const part of parts) {
    const wait = turn?.();
    if (wait) await wait;
    if (response.destroyed) return;
    const done = (error?: Error | null) => {
      if (!error) givePartBack(part);
    };
    if (!sink.write(part, done)) await drained(sink, response);
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
