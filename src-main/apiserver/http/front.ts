import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ApiError } from '@shared/api/status.ts';
import type { Auditor, AuditTrail } from '../audit/trail.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { ServerContext } from '../context.ts';
import { errorResponse } from '../core.ts';
import type { FlowControl } from '../flow-control/flow-control.ts';
import type { ApiServerRequest, ApiServerResponse } from '../request.ts';
import type { UpgradeConnection } from '../streaming/kubelet-connector.ts';
import { Http1Response, Http2Response, http1Request, http2Request } from './exchange.ts';
import { codeOf, Handling } from './handling.ts';
import { auditIdOf, parseHead } from './head.ts';
import type { CountedRequest, RequestMetrics } from './request-metrics.ts';

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
  readonly auditor: Auditor | undefined;
  serve(request: ApiServerRequest): Promise<ApiServerResponse>;
  /** Takes over a connection that wants to become something else (exec, attach, port-forward). */
  upgrade(request: ApiServerRequest, connection: UpgradeConnection): Promise<void>;
  /** Whether what is under a path is answered by a backend, which then reads the body. */
  passesOn(path: string): boolean;
  readonly metrics: RequestMetrics;
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
  /** Connections that have become streams of exec, attach, port-forward or a proxy. */
  upgrades: 1024,
};

/**
 * The HTTPS side of the server: HTTP/2 and HTTP/1.1 on one port, client certificates asked for but not
 * demanded. Several addresses may listen; all lead to the same handler.
 */
export class HttpFront {
  readonly #options: FrontOptions;
  readonly #servers: Http2SecureServer[] = [];
  readonly #sockets = new Set<Socket>();
  #upgrades = 0;

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
      maxHeaderListPairs: 1000, // what is less and still too much gets its 431 from parseHead
      settings: {
        maxConcurrentStreams: limits.streamsPerConnection,
        maxHeaderListSize: limits.headerBytes,
        initialWindowSize: 1024 * 1024,
      },
    });
    server.maxConnections = limits.connections;
    Object.assign(server, {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: 120_000,
      maxHeaderSize: limits.headerBytes, // as an option Node hears of it for HTTP/2 alone
      maxHeadersCount: 0, // counted by parseHead: Node would leave out what is too much
    });
    server.on('request', (message: IncomingMessage, response: ServerResponse) => {
      const handling = new Handling(this.#options, http1Request(message), new Http1Response(response));
      void handling.run();
    });
    // Whoever listens to `request` is given HTTP/2 through Node's compatibility layer: its listener makes room.
    server.removeAllListeners('stream');
    server.on('stream', this.#onStream);
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

  /** Node hands over the raw headers as well; its types do not say so. */
  readonly #onStream = (
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    _flags: number,
    rawHeaders: readonly string[] = [],
  ): void => {
    if (headers.expect === '100-continue') stream.additionalHeaders({ ':status': 100 });
    const request = http2Request(stream, headers, rawHeaders);
    void new Handling(this.#options, request, new Http2Response(stream)).run();
  };

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  async #upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const { server, upgrade, metrics } = this.#options;
    let audit: AuditTrail | undefined;
    let counted: CountedRequest = { method: message.method ?? 'GET' };
    this.#upgrades += 1;
    socket.once('close', () => {
      this.#upgrades -= 1;
      audit?.complete(101);
    });
    try {
      if (this.#upgrades > limits.upgrades) throw tooManyUpgrades();
      const request = await parseHead(this.#options, http1Request(message), auditIdOf(message));
      audit = request.audit;
      counted = request;
      const ended = metrics.opened(counted);
      if (socket.closed) ended();
      else socket.once('close', ended);
      await upgrade(request, { message, socket, head });
      audit?.started(101);
      metrics.count(counted, 101, undefined);
    } catch (error) {
      const path = message.url ?? '/';
      const answer = errorResponse(server, error, { method: message.method ?? 'GET', path });
      audit?.complete(codeOf(answer), answer);
      metrics.count(counted, codeOf(answer), undefined);
      refuseUpgrade(socket, answer, message.method === 'HEAD');
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

/** What cannot be parsed as HTTP, or takes too long to arrive, gets a short answer and the door. */
function refuseBroken({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [number, words] =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? [408, 'Request Timeout']
      : code === 'HPE_HEADER_OVERFLOW'
        ? [431, 'Request Header Fields Too Large']
        : [400, 'Bad Request'];
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
  const body = JSON.stringify({ ...status, message: words, code: number });
  socket.end(
    `HTTP/1.1 ${number} ${words}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

function tooManyUpgrades(): ApiError {
  const text = 'too many streams are open, please try again later';
  return ApiError.of('TooManyRequests', text, { retryAfterSeconds: 1 });
}

/** An error before the upgrade is an ordinary HTTP answer with a Status. */
export function refuseUpgrade(socket: Duplex, answer: ApiServerResponse, isHead = false): void {
  const body = answer.type === 'object' && !isHead ? JSON.stringify(answer.value) : '';
  const code = codeOf(answer);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(
    `HTTP/1.1 ${code} ${code >= 500 ? 'Error' : 'Refused'}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
