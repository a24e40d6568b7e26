import http2 from 'node:http2';
import { decodeBody, encodeRequest, readWatch, refusal, watchRequest } from '@shared/client/http.ts';
import type { ApiRequest, Transport } from '@shared/client/transport.ts';
import type { Disposable } from '@shared/lib/disposable.ts';

export interface HttpsTransportOptions {
  /** Origin of the API server, e.g. `https://127.0.0.1:6443`; a path in it is put before every request's. */
  readonly server: string;
  /** PEM; absent: the system's authorities. */
  readonly ca?: string | undefined;
  /** Client certificate and key, PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Bearer token, asked for with every request so that a rotated one is picked up. */
  readonly token?: (() => string | Promise<string>) | undefined;
  /** Name the server's certificate must carry, where it differs from the host in `server`. */
  readonly serverName?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly userAgent?: string | undefined;
}

export interface HttpsTransport extends Transport, Disposable {}

const requestTimeoutMs = 60_000;
const connectTimeoutMs = 10_000;
const pingIntervalMs = 15_000;
const pingTimeoutMs = 15_000;

/**
 * A transport over one HTTP/2 connection, which is opened with the first request and again after it broke.
 * A silent connection is found out by pings, so that watches never hang on a dead peer. Dispose to close.
 */
export function createHttpsTransport(options: HttpsTransportOptions): HttpsTransport {
  const base = new URL(options.server);
  const connection = new Connection(options);

  async function open(
    request: ApiRequest,
  ): Promise<{ status: number; type: string | undefined; stream: http2.ClientHttp2Stream }> {
    const { method, target, headers, body } = encodeRequest(request);
    const token = await options.token?.();
    request.signal?.throwIfAborted();
    const session = await connection.session();
    const stream = session.request(
      {
        ':method': method,
        ':path': base.pathname.replace(/\/$/, '') + target,
        ...headers,
        ...(options.userAgent !== undefined && { 'user-agent': options.userAgent }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      { endStream: body === undefined, ...(request.signal && { signal: request.signal }) },
    );
    stream.on('error', () => undefined);
    if (body !== undefined) stream.end(body);
    const answer = await responseOf(stream);
    const status = Number(answer[':status'] ?? 0);
    const type = answer['content-type'];
    if (status >= 200 && status < 300) return { status, type, stream };
    throw refusal(status, await textOf(stream));
  }

  async function* stream(request: ApiRequest): AsyncIterable<Uint8Array> {
    const answer = await open(request);
    try {
      for await (const chunk of answer.stream) yield chunk as Uint8Array;
    } finally {
      answer.stream.destroy();
    }
  }

  return {
    async request(request) {
      const timeout = AbortSignal.timeout(requestTimeoutMs);
      const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
      return rethrowingAbort(signal, async () => {
        const answer = await open({ ...request, signal });
        return decodeBody(await textOf(answer.stream), answer.type);
      });
    },
    watch(request, onEvents) {
      return rethrowingAbort(request.signal, () => readWatch(stream(watchRequest(request)), onEvents));
    },
    stream,
    dispose: () => connection.close(),
  };
}

/** The one HTTP/2 session: opened on demand, pinged while it lives. */
class Connection {
  readonly #options: HttpsTransportOptions;
  #live: http2.ClientHttp2Session | undefined;
  #opening: Promise<http2.ClientHttp2Session> | undefined;
  #closed = false;

  constructor(options: HttpsTransportOptions) {
    this.#options = options;
  }

  /** The live session, or a new one. Rejects when the server cannot be reached or trusted. */
  session(): Promise<http2.ClientHttp2Session> {
    if (this.#closed) return Promise.reject(new Error('the transport is closed'));
    if (this.#live && !this.#live.closed && !this.#live.destroyed) return Promise.resolve(this.#live);
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  close(): void {
    this.#closed = true;
    this.#live?.destroy();
  }

  async #open(): Promise<http2.ClientHttp2Session> {
    const session = await this.#connect();
    this.#live = session;
    if (this.#closed) session.destroy();
    return session;
  }

  #connect(): Promise<http2.ClientHttp2Session> {
    const { server, ca, cert, key, serverName, insecureSkipTlsVerify } = this.#options;
    return new Promise((resolve, reject) => {
      const session = http2.connect(new URL(server).origin, {
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
        ...(serverName !== undefined && { servername: serverName }),
        ...(insecureSkipTlsVerify && { rejectUnauthorized: false }),
      });
      const timer = setTimeout(
        () => session.destroy(new Error(`no connection to ${server} within 10 s`)),
        connectTimeoutMs,
      );
      session.once('connect', () => {
        clearTimeout(timer);
        keepAlive(session);
        resolve(session);
      });
      session.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      session.once('close', () => clearTimeout(timer));
    });
  }
}

/** Destroys the session when a ping stays unanswered. */
function keepAlive(session: http2.ClientHttp2Session): void {
  let unanswered: NodeJS.Timeout | undefined;
  const interval = setInterval(() => {
    if (session.closed || session.destroyed || unanswered) return;
    unanswered = setTimeout(() => session.destroy(new Error('the connection went silent')), pingTimeoutMs);
    unanswered.unref();
    session.ping(() => {
      clearTimeout(unanswered);
      unanswered = undefined;
    });
  }, pingIntervalMs);
  interval.unref();
  session.once('close', () => {
    clearInterval(interval);
    clearTimeout(unanswered);
  });
}

function responseOf(
  stream: http2.ClientHttp2Stream,
): Promise<http2.IncomingHttpHeaders & { ':status'?: number }> {
  return new Promise((resolve, reject) => {
    stream.once('response', resolve);
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('the connection was closed before the answer came')));
  });
}

async function textOf(stream: http2.ClientHttp2Stream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  if (stream.rstCode !== http2.constants.NGHTTP2_NO_ERROR)
    throw new Error('the connection broke inside the answer');
  return Buffer.concat(chunks).toString('utf8');
}

async function rethrowingAbort<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
