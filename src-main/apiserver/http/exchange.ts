import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** A request as it came, over HTTP/1.1 or HTTP/2. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query, not decoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turns, as they came. */
  readonly rawHeaders: readonly string[];
  readonly httpVersionMajor: 1 | 2;
  readonly socket: Socket | undefined;
  /** The same object for all requests of a connection. */
  readonly connection: object;
  readonly body: Readable;
}

/** The answer to a request. Headers go out with the first bytes of the body, or by `flushHeaders`. */
export interface HttpResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  /** Bytes that wait for the client to read. */
  readonly writableLength: number;
  setHeader(name: string, value: number | string | readonly string[]): void;
  flushHeaders(): void;
  /** False: wait for `drain`. `done` is called once nobody looks at the chunk any more, or with what went wrong. */
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean;
  end(chunk?: string | Uint8Array): void;
  destroy(): void;
  once(event: 'close' | 'drain', listener: () => void): void;
  off(event: 'close' | 'drain', listener: () => void): void;
  /** Sends the headers; what is written or piped into the result is the body. */
  body(): Writable;
}

export function http1Request(message: IncomingMessage): HttpRequest {
  const { method = 'GET', url = '/', headers, rawHeaders, socket } = message;
  return { method, url, headers, rawHeaders, httpVersionMajor: 1, socket, connection: socket, body: message };
}

/** `rawHeaders` is what Node hands to listeners of `stream` beside the headers. */
export function http2Request(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
): HttpRequest {
  const { session } = stream;
  return {
    method: String(headers[':method'] ?? 'GET'),
    url: String(headers[':path'] ?? '/'),
    headers,
    rawHeaders,
    httpVersionMajor: 2,
    get socket() {
      return session?.socket;
    },
    connection: session ?? stream,
    body: stream,
  };
}

/** Of an answer longer than this, the end waits until the rest is on its way. */
const heldBackFrom = 8 * 1024;

/**
 * HTTP/1.1 as Node has it, but for one fault: a request that arrives while the bytes of the answer before it still wait
 * to be sent pauses the parser, and what follows of that request then counts as malformed (HPE_PAUSED). So no client
 * holds a whole answer, and sends its next request, before all but the last byte has been sent.
 */
export class Http1Response implements HttpResponse {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('error', () => {});
  }

  get statusCode(): number {
    return this.#response.statusCode;
  }
  set statusCode(code: number) {
    this.#response.statusCode = code;
  }
  get headersSent(): boolean {
    return this.#response.headersSent;
  }
  get destroyed(): boolean {
    return this.#response.destroyed;
  }
  get writableEnded(): boolean {
    return this.#response.writableEnded;
  }
  get writableLength(): number {
    return this.#response.writableLength;
  }
  setHeader(name: string, value: number | string | readonly string[]): void {
    this.#response.setHeader(name, value);
  }
  flushHeaders(): void {
    if (!this.#response.headersSent) this.#response.flushHeaders();
  }
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean {
    return this.#response.write(chunk, done);
  }
  end(chunk?: string | Uint8Array): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (bytes === undefined || bytes.byteLength < heldBackFrom) {
      this.#response.end(bytes);
      return;
    }
    const last = bytes.subarray(-1);
    if (this.#response.write(bytes.subarray(0, -1))) this.#response.end(last);
    else this.#response.once('drain', () => this.#response.end(last));
  }
  destroy(): void {
    this.#response.destroy();
  }
  once(event: 'close' | 'drain', listener: () => void): void {
    this.#response.once(event, listener);
  }
  off(event: 'close' | 'drain', listener: () => void): void {
    this.#response.off(event, listener);
  }
  body(): Writable {
    return this.#response;
  }
}

/** HTTP/2 knows no headers about the connection (RFC 9113, 8.2.2). */
const connectionHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** Straight onto the stream: Node's compatibility layer costs a third of a small request's time. */
export class Http2Response implements HttpResponse {
  statusCode = 200;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: OutgoingHttpHeaders = {};

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
    stream.on('error', () => {});
  }

  get headersSent(): boolean {
    return this.#stream.headersSent;
  }
  get destroyed(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }
  get writableEnded(): boolean {
    return this.#stream.writableEnded;
  }
  get writableLength(): number {
    return this.#stream.writableLength;
  }
  setHeader(name: string, value: number | string | readonly string[]): void {
    const key = name.toLowerCase();
    if (!connectionHeaders.has(key)) this.#headers[key] = value as number | string | string[];
  }
  flushHeaders(): void {
    this.#respond(false);
  }
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean {
    this.#respond(false);
    return this.#stream.write(chunk, done);
  }
  end(chunk?: string | Uint8Array): void {
    this.#respond(chunk === undefined);
    this.#stream.end(chunk);
  }
  destroy(): void {
    this.#stream.destroy();
  }
  once(event: 'close' | 'drain', listener: () => void): void {
    this.#stream.once(event, listener);
  }
  off(event: 'close' | 'drain', listener: () => void): void {
    this.#stream.off(event, listener);
  }
  body(): Writable {
    this.#respond(false);
    return this.#stream;
  }

  #respond(endStream: boolean): void {
    if (this.headersSent || this.destroyed) return;
    this.#headers[':status'] = this.statusCode;
    this.#stream.respond(this.#headers, { endStream });
  }
}
