import { Duplex } from 'node:stream';
import {
  dataHead,
  type Frame,
  FrameParser,
  goAway,
  ping,
  resetStatus,
  rstStream,
  synReply,
  synStream,
} from './frames.ts';
import { HeaderBlockReader, HeaderBlockWriter, type SpdyHeaders } from './header-block.ts';

const maxDataBytes = 64 * 1024;
/** A stream nobody reads holds up to this much; then the whole connection waits for its reader. */
const streamBufferBytes = 1024 * 1024;
const maxStreams = 1000;

export interface SpdyOptions {
  readonly role: 'client' | 'server';
  /** Bytes of the connection that were read already. */
  readonly head?: Uint8Array;
  /** A stream the other side opened. It was accepted; destroying it refuses it. */
  onStream?(stream: SpdyStream): void;
}

/**
 * One SPDY/3.1 connection as Kubernetes uses it for exec, attach and port-forward: many byte streams over one
 * connection. There is no flow control per stream, as in Kubernetes' own library: TCP holds back whoever sends
 * too much.
 */
export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #options: SpdyOptions;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #writer = new HeaderBlockWriter();
  readonly #reader = new HeaderBlockReader();
  #nextId: number;
  #lastRemoteId = 0;
  /** Settles when the connection is over, for whatever reason. */
  readonly closed: Promise<void>;

  constructor(socket: Duplex, options: SpdyOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#nextId = options.role === 'client' ? 1 : 2;
    socket.on('error', () => socket.destroy());
    this.closed = this.#run();
  }

  /** Opens a stream. It can be written to at once. */
  open(headers: SpdyHeaders): SpdyStream {
    const stream = this.#add(this.#nextId, headers);
    this.#nextId += 2;
    this.#socket.write(synStream(stream.id, this.#writer.write(headers)));
    return stream;
  }

  /** Says goodbye and ends the connection once all that was written is out. */
  close(): void {
    if (this.#socket.writable) this.#socket.end(goAway(this.#lastRemoteId));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #add(id: number, headers: SpdyHeaders): SpdyStream {
    const stream = new SpdyStream(id, headers, (bytes, done) => this.#send(bytes, done));
    this.#streams.set(id, stream);
    stream.once('close', () => this.#streams.delete(id));
    return stream;
  }

  #send(parts: readonly Uint8Array[], done: () => void): void {
    if (!this.#socket.writable) {
      done();
      return;
    }
    const last = parts.length - 1;
    // A write that fails ends the connection, and that the streams.
    for (const [index, part] of parts.entries())
      this.#socket.write(part, index === last ? () => done() : undefined);
  }

  async #run(): Promise<void> {
    const parser = new FrameParser();
    try {
      for (const frame of parser.push(this.#options.head ?? new Uint8Array(0))) await this.#handle(frame);
      // The end of one direction must not cut off what is on its way in the other.
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false }))
        for (const frame of parser.push(chunk as Uint8Array)) await this.#handle(frame);
    } catch {
      this.#socket.destroy(); // broken off or not understood: over either way
    }
    this.#reader.dispose();
    for (const stream of [...this.#streams.values()]) stream.connectionEnded();
    this.#socket.end();
  }

  async #handle(frame: Frame): Promise<void> {
    switch (frame.type) {
      case 'syn-stream':
        await this.#accept(frame);
        break;
      case 'syn-reply':
      case 'headers':
        // Compression has state: blocks must be read even when nobody asks what they say.
        await this.#reader.read(frame.block);
        if (frame.fin) void this.#streams.get(frame.streamId)?.received(undefined);
        break;
      case 'data':
        await this.#receive(frame);
        break;
      case 'rst-stream':
        this.#streams.get(frame.streamId)?.reset();
        break;
      case 'ping':
        // Answers to pings of one's own would carry the other parity; none are sent from here.
        this.#socket.write(ping(frame.id));
        break;
      case 'go-away':
      case 'other':
        break;
    }
  }

  async #accept(frame: Frame & { type: 'syn-stream' }): Promise<void> {
    const headers = await this.#reader.read(frame.block);
    const { onStream } = this.#options;
    if (!onStream || this.#streams.size >= maxStreams) {
      this.#socket.write(rstStream(frame.streamId, resetStatus.refused));
      return;
    }
    this.#lastRemoteId = frame.streamId;
    const stream = this.#add(frame.streamId, headers);
    this.#socket.write(synReply(frame.streamId, this.#writer.write({})));
    if (frame.fin) void stream.received(undefined);
    onStream(stream);
  }

  async #receive(frame: Frame & { type: 'data' }): Promise<void> {
    const stream = this.#streams.get(frame.streamId);
    if (!stream) return;
    const waiting = frame.data.length > 0 ? stream.received(frame.data) : undefined;
    if (frame.fin) void stream.received(undefined);
    await waiting;
  }
}

type Send = (parts: readonly Uint8Array[], done: () => void) => void;

/** One stream of a connection. Ending it half-closes it; destroying it resets it. */
export class SpdyStream extends Duplex {
  readonly id: number;
  /** With which it was opened. */
  readonly headers: SpdyHeaders;
  readonly #send: Send;
  #isReset = false;
  #resume: (() => void) | undefined;

  constructor(id: number, headers: SpdyHeaders, send: Send) {
    super({ readableHighWaterMark: streamBufferBytes });
    this.id = id;
    this.headers = headers;
    this.#send = send;
    this.on('error', () => undefined);
  }

  /** Bytes from the other side, or its end. Resolves when more may come. */
  received(data: Uint8Array | undefined): Promise<void> | undefined {
    if (this.destroyed || this.readableEnded) return undefined;
    if (this.push(data ?? null) || !data) return undefined;
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  /** The other side gave the stream up. */
  reset(): void {
    this.#isReset = true;
    this.destroy(new Error('the stream was reset'));
  }

  /** Nothing comes any more; what is there can still be read. */
  connectionEnded(): void {
    this.#isReset = true;
    if (!this.readableEnded && !this.destroyed) this.push(null);
    this.end();
  }

  override _read(): void {
    this.#goOn();
  }

  #goOn(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < chunk.length; at += maxDataBytes) {
      const part = chunk.subarray(at, at + maxDataBytes);
      parts.push(dataHead(this.id, part.length, false), part);
    }
    this.#send(parts, done);
  }

  override _final(done: () => void): void {
    if (this.#isReset) done();
    else this.#send([dataHead(this.id, 0, true)], done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#goOn();
    const isOver = this.#isReset || (this.readableEnded && this.writableFinished);
    if (isOver) done(error);
    else this.#send([rstStream(this.id, resetStatus.cancel)], () => done(error));
  }
}
