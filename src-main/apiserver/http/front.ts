import type { IncomingMessage } from 'node:http';
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import { ApiError } from '@shared/api/status.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { ServerContext } from '../context.ts';
import { errorResponse } from '../core.ts';
import type { Metrics } from '../metrics.ts';
import type { ApiServerRequest, ApiServerResponse } from '../request.ts';
import type { UpgradeConnection } from '../streaming/kubelet-connector.ts';
import { readBody } from './body.ts';
import { sendResponse } from './respond.ts';

/** Requests and answers as Node's HTTP/1.1 and HTTP/2 compatibility APIs share them. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;
export interface HttpResponse extends Writable {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: number | string | readonly string[]): unknown;
  writeHead(statusCode: number): unknown;
  /** HTTP/1.1 only. */
  flushHeaders?(): void;
}

export interface TlsMaterial {
  /** PEM: serving certificate and key, and the CA that signs client certificates. */
  readonly certificate: string;
  readonly key: string;
  readonly clientCa: string;
}

export interface FrontOptions {
  readonly server: ServerContext;
  readonly tls: TlsMaterial;
  readonly authenticator: Authenticator;
  serve(request: ApiServerRequest): Promise<ApiServerResponse>;
  /** Takes over a connection that wants to become something else (exec, attach, port-forward). */
  upgrade(request: ApiServerRequest, connection: UpgradeConnection): Promise<void>;
  /** Whether what is under a path is answered by a backend, which then reads the body. */
  passesOn(path: string): boolean;
  readonly metrics: Pick<Metrics, 'requestStarted' | 'requestDone' | 'watchEvents'>;
}

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Limits that keep a slow or greedy client from harming others. */
const limits = {
  headerBytes: 64 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  streamsPerConnection: 1000,
  connections: 4096,
  requestsInFlight: 1024,
};

/**
 * The HTTPS side of the server: HTTP/2 and HTTP/1.1 on one port, client certificates asked for but not
 * demanded. Several addresses may listen; all lead to the same handler.
 */
export class HttpFront {
  readonly #options: FrontOptions;
  readonly #servers: Http2SecureServer[] = [];
  readonly #sockets = new Set<Socket>();
  #inFlight = 0;

  constructor(options: FrontOptions) {
    this.#options = options;
  }

  /** Starts to listen; rejects (EADDRINUSE, EADDRNOTAVAIL) when that is impossible. */
  async listen(address: ListenAddress): Promise<AddressInfo> {
    const server = this.#createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address.host, port: address.port, backlog: 1024 }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    server.on('error', (error) => this.#options.server.log('the listener failed', { error: String(error) }));
    this.#servers.push(server);
    return server.address() as AddressInfo;
  }

  #createServer(): Http2SecureServer {
    const { tls } = this.#options;
    const server = createSecureServer({
      allowHTTP1: true,
      cert: tls.certificate,
      key: tls.key,
      ca: tls.clientCa,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      handshakeTimeout: limits.headersTimeoutMs,
      maxHeaderListPairs: 200,
      settings: {
        maxConcurrentStreams: limits.streamsPerConnection,
        maxHeaderListSize: limits.headerBytes,
        initialWindowSize: 1024 * 1024,
      },
      ...({ maxHeaderSize: limits.headerBytes } as object),
    });
    server.maxConnections = limits.connections;
    Object.assign(server, {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: 120_000,
    });
    server.on(
      'request',
      (request: HttpRequest, response: HttpResponse) => void this.#handle(request, response),
    );
    server.on(
      'upgrade',
      (message: IncomingMessage, socket: Duplex, head: Buffer) => void this.#upgrade(message, socket, head),
    );
    server.on('connection', (socket: Socket) => this.#track(socket));
    server.on('sessionError', () => {});
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => refuseBroken(error, socket));
    return server;
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  async #handle(request: HttpRequest, response: HttpResponse): Promise<void> {
    const { metrics } = this.#options;
    const began = performance.now();
    const facts = { method: request.method ?? 'GET', path: (request.url ?? '/').split('?', 1)[0] ?? '/' };
    let isDone = false;
    /** Once, as soon as it is known how the request ends; a watch is done when it begins. */
    const done = (answer: ApiServerResponse | undefined) => {
      if (isDone) return;
      isDone = true;
      const seconds = (performance.now() - began) / 1000;
      const code = answer ? codeOf(answer) : 499;
      metrics.requestDone({ ...facts, isWatch: answer?.type === 'watch', code, seconds });
    };
    metrics.requestStarted(facts.method);
    request.on('error', () => {});
    response.on('error', () => {});
    try {
      await this.#answer(request, response, done);
    } catch (error) {
      // Whoever went away, or was too slow, hears no answer.
      if (!response.destroyed) await this.#refuse(request, response, { error, facts, done });
    }
    done(undefined);
  }

  async #answer(
    request: HttpRequest,
    response: HttpResponse,
    done: (answer: ApiServerResponse) => void,
  ): Promise<void> {
    const { server, metrics } = this.#options;
    const parsed = await this.#parse(request);
    const answer = await this.#serve(parsed);
    if (answer.type === 'handover') {
      await answer.run(request, response);
      done(answer);
      return;
    }
    done(answer);
    const exchange = {
      request: parsed,
      headers: request.headers,
      answer,
      onWatchEvents: metrics.watchEvents,
    };
    await sendResponse(server, exchange, response);
  }

  async #refuse(
    { headers }: HttpRequest,
    response: HttpResponse,
    { error, facts, done }: Refusal,
  ): Promise<void> {
    const { server } = this.#options;
    const answer = errorResponse(server, error, facts);
    done(answer);
    await sendResponse(server, { request: undefined, headers, answer }, response).catch(() =>
      response.destroy(),
    );
  }

  /** Counts what is being worked on (watches and logs only until they begin) and refuses what is too much. */
  async #serve(request: ApiServerRequest): Promise<ApiServerResponse> {
    if (this.#inFlight >= limits.requestsInFlight) {
      throw ApiError.of('TooManyRequests', 'too many requests, please try again later', {
        retryAfterSeconds: 1,
      });
    }
    this.#inFlight += 1;
    try {
      return await this.#options.serve(request);
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #parse(request: HttpRequest): Promise<ApiServerRequest> {
    const head = await this.#parseHead(request);
    if (this.#options.passesOn(head.path)) return head;
    return { ...head, body: await readBody(request) };
  }

  async #parseHead(request: HttpRequest): Promise<ApiServerRequest> {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const user = await this.#options.authenticator.authenticate(request);
    const ifNoneMatch = request.headers['if-none-match'];
    return {
      method: request.method ?? 'GET',
      path,
      query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
      accept: String(request.headers.accept ?? ''),
      userAgent: String(request.headers['user-agent'] ?? ''),
      ...(typeof ifNoneMatch === 'string' && { ifNoneMatch }),
      body: { type: 'none' },
      user: user ?? anonymous,
    };
  }

  async #upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const request = await this.#parseHead(message);
      await this.#options.upgrade(request, { message, socket, head });
    } catch (error) {
      refuseUpgrade(
        socket,
        errorResponse(this.#options.server, error, {
          method: message.method ?? 'GET',
          path: message.url ?? '/',
        }),
      );
    }
  }

  /** Stops listening and ends every connection; running watches end with it. */
  async close(): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => void server.close(() => resolve())),
    );
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }
}

interface Refusal {
  readonly error: unknown;
  readonly facts: { readonly method: string; readonly path: string };
  done(answer: ApiServerResponse): void;
}

const anonymous = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

function codeOf(answer: ApiServerResponse): number {
  return 'code' in answer ? answer.code : 200;
}

/** What cannot be parsed as HTTP, or takes too long to arrive, gets a short answer and the door. */
function refuseBroken({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? '408 Request Timeout'
      : code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** An error before the upgrade is an ordinary HTTP answer with a Status. */
export function refuseUpgrade(socket: Duplex, answer: ApiServerResponse): void {
  const body = answer.type === 'object' ? JSON.stringify(answer.value) : '';
  const code = codeOf(answer);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(
    `HTTP/1.1 ${code} ${code >= 500 ? 'Error' : 'Refused'}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
