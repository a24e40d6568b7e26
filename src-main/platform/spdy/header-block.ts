import { createInflate, type Inflate } from 'node:zlib';

/** Header names and values of a stream; names in lower case. */
export type SpdyHeaders = Readonly<Record<string, string>>;

const words =
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin';
const tail =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';

/** The text both sides' compression starts from. Source: SPDY protocol draft 3.1, section 2.6.10.1. */
export const headerDictionary = Buffer.concat([
  ...words.split(' ').map((word) => sized(word.replace('_', ' '))),
  Buffer.from(tail),
]);

/** Adler-32 of the dictionary, by which a zlib stream names it. */
const dictionaryId = Buffer.from([0xe3, 0xc6, 0xa7, 0xc2]);
const maxStoredBlock = 0xffff;
/** An empty stored block: all that stands before it can be read now. */
const syncMarker = Buffer.from([0, 0, 0, 0xff, 0xff]);

function sized(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/**
 * Writes header blocks as one zlib stream over the life of a connection. Nothing is compressed: the few headers of
 * these streams are not worth the state that would cost.
 */
export class HeaderBlockWriter {
  #isStarted = false;

  write(headers: SpdyHeaders): Buffer {
    const entries = Object.entries(headers);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(entries.length);
    const text = Buffer.concat([
      count,
      ...entries.flatMap(([name, value]) => [sized(name.toLowerCase()), sized(value)]),
    ]);
    const parts: Buffer[] = this.#isStarted ? [] : [Buffer.from([0x78, 0x20]), dictionaryId];
    this.#isStarted = true;
    for (let at = 0; at < text.length; at += maxStoredBlock) {
      const part = text.subarray(at, at + maxStoredBlock);
      const head = Buffer.alloc(5);
      head.writeUInt16LE(part.length, 1);
      head.writeUInt16LE(0xffff - part.length, 3);
      parts.push(head, part);
    }
    return Buffer.concat([...parts, syncMarker]);
  }
}

const maxHeaderBytes = 256 * 1024;

/** Reads header blocks, one after the other, in the order in which they came. */
export class HeaderBlockReader {
  readonly #inflate: Inflate = createInflate({ dictionary: headerDictionary });
  #failure: Error | undefined;
  #chunks: Buffer[] = [];

  constructor() {
    this.#inflate.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.#inflate.on('error', (error) => {
      this.#failure = error;
    });
  }

  /** Rejects when the block is malformed; the connection is then of no more use. */
  async read(block: Uint8Array): Promise<SpdyHeaders> {
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error) => reject(error);
      this.#inflate.once('error', onError);
      this.#inflate.write(block, () => {
        this.#inflate.off('error', onError);
        resolve();
      });
      if (this.#failure) reject(this.#failure);
    });
    return parseHeaders(Buffer.concat(this.#chunks.splice(0)));
  }

  dispose(): void {
    this.#inflate.destroy();
  }
}

function parseHeaders(text: Buffer): SpdyHeaders {
  if (text.length > maxHeaderBytes) throw new Error('a header block is too large');
  let at = 0;
  const number = () => {
    at += 4;
    return text.readUInt32BE(at - 4);
  };
  const part = () => {
    const length = number();
    if (at + length > text.length) throw new Error('a header block ends too early');
    at += length;
    return text.toString('utf8', at - length, at);
  };
  const headers: [string, string][] = [];
  for (let left = number(); left > 0; left--) headers.push([part().toLowerCase(), part()]);
  return Object.fromEntries(headers);
}
