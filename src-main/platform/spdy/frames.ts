/**
 * Frames of SPDY/3.1 as far as Kubernetes' streams use them.
 * Source: SPDY protocol draft 3.1 (https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/).
 */
export type Frame =
  | {
      readonly type: 'syn-stream';
      readonly streamId: number;
      readonly fin: boolean;
      readonly block: Uint8Array;
    }
  | {
      readonly type: 'syn-reply' | 'headers';
      readonly streamId: number;
      readonly fin: boolean;
      readonly block: Uint8Array;
    }
  | { readonly type: 'rst-stream'; readonly streamId: number; readonly status: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'go-away'; readonly lastStreamId: number }
  /** SETTINGS, WINDOW_UPDATE and what is not known: nobody here acts on them. */
  | { readonly type: 'other' }
  | {
      readonly type: 'data';
      readonly streamId: number;
      readonly fin: boolean;
      readonly data: Uint8Array;
    };

/** Reasons for ending a stream. */
export const resetStatus = { protocolError: 1, refused: 3, cancel: 5 } as const;

const headBytes = 8;
const maxFrameBytes = 16 * 1024 * 1024;
const version = 3;
const finFlag = 1;
const controlTypes: Readonly<Record<number, Frame['type']>> = {
  1: 'syn-stream',
  2: 'syn-reply',
  3: 'rst-stream',
  6: 'ping',
  7: 'go-away',
  8: 'headers',
};

/** Cuts a stream of bytes into frames. */
export class FrameParser {
  #rest = Buffer.alloc(0);

  /** The frames that are complete now. Throws when the bytes are no SPDY/3. */
  push(chunk: Uint8Array): Frame[] {
    const bytes = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    while (bytes.length - at >= headBytes) {
      const length = bytes.readUInt32BE(at + 4) & 0xff_ffff;
      if (length > maxFrameBytes) throw new Error('a SPDY frame is too large');
      if (bytes.length - at - headBytes < length) break;
      frames.push(parseFrame(bytes.subarray(at, at + headBytes + length)));
      at += headBytes + length;
    }
    this.#rest = bytes.subarray(at);
    return frames;
  }
}

function parseFrame(bytes: Buffer): Frame {
  const word = bytes.readUInt32BE(0);
  const fin = (bytes[4] ?? 0) % 2 === finFlag;
  const payload = bytes.subarray(headBytes);
  if (word < 0x8000_0000) return { type: 'data', streamId: word, fin, data: payload };
  if (((word >>> 16) & 0x7fff) !== version) throw new Error('a frame is not of SPDY/3');
  const type = controlTypes[word & 0xffff];
  switch (type) {
    case 'syn-stream':
      return { type, streamId: streamIdAt(payload, 0), fin, block: payload.subarray(10) };
    case 'syn-reply':
    case 'headers':
      return { type, streamId: streamIdAt(payload, 0), fin, block: payload.subarray(4) };
    case 'rst-stream':
      return { type, streamId: streamIdAt(payload, 0), status: payload.readUInt32BE(4) };
    case 'ping':
      return { type, id: payload.readUInt32BE(0) };
    case 'go-away':
      return { type, lastStreamId: streamIdAt(payload, 0) };
    default:
      return { type: 'other' };
  }
}

function streamIdAt(payload: Buffer, at: number): number {
  return payload.readUInt32BE(at) & 0x7fff_ffff;
}

function control(type: number, flags: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(0x8000 + version, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(payload.byteLength, 4);
  head[4] = flags;
  return Buffer.concat([head, payload]);
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

/** SYN_STREAM: opens a stream. `block`: its headers, compressed. */
export function synStream(streamId: number, block: Uint8Array): Buffer {
  return control(1, 0, Buffer.concat([words(streamId, 0), Buffer.alloc(2), block]));
}

/** SYN_REPLY: accepts a stream. */
export function synReply(streamId: number, block: Uint8Array): Buffer {
  return control(2, 0, Buffer.concat([words(streamId), block]));
}

/** RST_STREAM: ends a stream at once. */
export function rstStream(streamId: number, status: number): Buffer {
  return control(3, 0, words(streamId, status));
}

/** PING: comes back with the same id. */
export function ping(id: number): Buffer {
  return control(6, 0, words(id));
}

/** GOAWAY: no further streams are taken. */
export function goAway(lastStreamId: number): Buffer {
  return control(7, 0, words(lastStreamId, 0));
}

/** Head of a data frame, whose payload follows. */
export function dataHead(streamId: number, length: number, fin: boolean): Buffer {
  const head = words(streamId, length);
  if (fin) head[4] = finFlag;
  return head;
}
