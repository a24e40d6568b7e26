import type { IncomingMessage } from 'node:http';
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import { ApiError } from '@shared/api/status.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { attributesOf } from '../auth/authorizer.ts';
import type { ServerContext } from '../context.ts';
import { errorResponse } from '../core.ts';
import type { FlowControl, Passage } from '../flow-control/flow-control.ts';
import type { Metrics } from '../metrics.ts';
import type { ApiServerRequest, ApiServerResponse } from '../request.ts';
import { pathSegments } from '../routes.ts';
import type { UpgradeConnection } from '../streaming/kubelet-connector.ts';
import { readBody } from './body.ts';
import { isStream, requestTimeoutMs, within } from './deadline.ts';
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
  readonly flowControl: FlowControl;
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
};

/**
 * The HTTPS side of the server: HTTP/2 and HTTP/1.1 on one port, client certificates asked for but not
 * demanded. Several addresses may listen; all lead to the same handler.
 */
export class HttpFront {
  readonly #options: FrontOptions;
  readonly #servers: Http2SecureServer[] = [];
  readonly #sockets = new Set<Socket>();

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
    const head = await this.#parseHead(request);
    const passage = isStream(head.attributes) ? undefined : this.#enter(head, response);
    let isOver = true;
    try {
      const serving = this.#serve(request, head, passage);
      const answer = await (passage && head.attributes.verb !== 'watch'
        ? within(requestTimeoutMs(head.query), serving)
        : serving
      ).catch((error: unknown) => {
        // Out of time: the seat is free when what was begun has ended.
        isOver = !(error instanceof ApiError && error.reason === 'Timeout');
        if (!isOver) void serving.catch(() => {}).finally(() => passage?.leave());
        throw error;
      });
      await this.#send({ request, head, answer }, response, done);
    } finally {
      if (isOver) passage?.leave();
    }
  }

  /** Begins the request's way through its priority level, and says which that is. */
  #enter({ attributes, query }: RequestHead, response: HttpResponse): Passage {
    const passage = this.#options.flowControl.enter(attributes, query);
    response.setHeader('X-Kubernetes-PF-FlowSchema-UID', passage.schemaUid);
    response.setHeader('X-Kubernetes-PF-PriorityLevel-UID', passage.levelUid);
    if (passage.seated) response.once('close', () => passage.leave());
    return passage;
  }

  /** Waits for a seat, reads the body, waits for a turn to compute in, and serves. */
  async #serve(
    request: HttpRequest,
    head: RequestHead,
    passage: Passage | undefined,
  ): Promise<ApiServerResponse> {
    if (passage?.seated) await passage.seated;
    const body = this.#options.passesOn(head.path) ? head.body : await readBody(request);
    const turn = passage && this.#options.flowControl.turn(passage);
    if (turn) await turn;
    return this.#options.serve({ ...head, body });
  }

  async #send(
    { request, head, answer }: Served,
    response: HttpResponse,
    done: (answer: ApiServerResponse) => void,
  ): Promise<void> {
    const { server, metrics } = this.#options;
    if (answer.type === 'handover') {
      await answer.run(request, response);
      done(answer);
      return;
    }
    done(answer);
    const exchange = { request: head, headers: request.headers, answer, onWatchEvents: metrics.watchEvents };
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

  async #parseHead(request: HttpRequest): Promise<RequestHead> {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const user = await this.#options.authenticator.authenticate(request);
    const ifNoneMatch = request.headers['if-none-match'];
    const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
    const about = { method: request.method ?? 'GET', path, query, user: user ?? anonymous };
    return {
      ...about,
      attributes: attributesOf(about, pathSegments(path)),
      accept: String(request.headers.accept ?? ''),
      userAgent: String(request.headers['user-agent'] ?? ''),
      ...(typeof ifNoneMatch === 'string' && { ifNoneMatch }),
      body: { type: 'none' },
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

/** A request without its body. */
type RequestHead = ApiServerRequest & Required<Pick<ApiServerRequest, 'attributes'>>;

interface Served {
  readonly request: HttpRequest;
  readonly head: RequestHead;
  readonly answer: ApiServerResponse;
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
