import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { ApiError } from '@shared/api/status.ts';
import { AppError } from '@shared/lib/app-error.ts';
import { WebSocketServer } from 'ws';
import { serveFromDevServer, upgradeToDevServer } from './dev-server.ts';
import { proxyRequest, proxyUpgrade, refuseUpgrade, sendStatus } from './proxy.ts';
import type { RpcSockets } from './rpc-socket.ts';
import { createSession } from './session.ts';
import { serveFile } from './static-files.ts';
import { refuseStream, streamOverSocket, streamSubprotocol } from './stream-socket.ts';
import { parseClusterUrl, type Reached } from './upstream.ts';

export interface GatewayOptions {
  readonly token: string;
  /** Folder of the built window. */
  readonly rendererDir: string;
  /** In development: Vite's server, which stands in for that folder. */
  readonly devServer?: URL | undefined;
  readonly rpc: RpcSockets;
  /** The API server of a cluster, or why it cannot be reached. */
  reach(cluster: string): Reached;
}

export interface Gateway {
  readonly port: number;
  /** Opens a session: `http://127.0.0.1:PORT/?token=…`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The window's one door, on 127.0.0.1 only: its files, the app's RPC (`/rpc`), and every cluster's Kubernetes
 * API under `/clusters/<name>/…`. `port` 0 takes a free one; AppError `PortTaken` when the asked one is not.
 */
export async function openGateway(options: GatewayOptions, port: number): Promise<Gateway> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 0, maxHeaderSize: 32 * 1024 });
  const session = createSession(options.token, () => portOf(server));
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 4 * 1024 * 1024,
    handleProtocols: (offered) => (offered.has(streamSubprotocol) ? streamSubprotocol : false),
  });

  server.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendStatus(response, ApiError.of('InternalError', String(error)));
    });
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    upgrade(request, socket, head);
  });
  server.on('clientError', (_error, socket) =>
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n'),
  );

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const token = url.searchParams.get('token');
    if (url.pathname === '/' && token !== null && session.isOwnHost(request)) {
      const cookie = session.cookieFor(token);
      if (cookie) {
        response.writeHead(303, { 'set-cookie': cookie, location: '/', 'cache-control': 'no-store' }).end();
        return;
      }
    }
    const refusal = session.check(request);
    if (refusal) {
      response
        .writeHead(refusal.status, { 'content-type': 'text/plain; charset=utf-8' })
        .end(refusal.message);
      return;
    }
    const target = parseClusterUrl(request.url ?? '');
    if (target) return proxyToCluster(request, response, target);
    if (options.devServer) {
      serveFromDevServer(options.devServer, request, response);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405).end();
      return;
    }
    if (!(await serveFile(options.rendererDir, url.pathname, response)))
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found');
  }

  function proxyToCluster(
    request: IncomingMessage,
    response: ServerResponse,
    target: { cluster: string; path: string },
  ): void {
    const reached = options.reach(target.cluster);
    if ('refusal' in reached) sendStatus(response, reached.refusal);
    else proxyRequest(request, response, { upstream: reached.upstream, path: target.path });
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = session.check(request);
    if (refusal) {
      socket.end(
        `HTTP/1.1 ${refusal.status} Refused\r\nconnection: close\r\ncontent-type: text/plain\r\n\r\n${refusal.message}`,
      );
      return;
    }
    const url = request.url ?? '';
    if (url === '/rpc') {
      sockets.handleUpgrade(request, socket, head, (connection) => options.rpc.add(connection));
      return;
    }
    const target = parseClusterUrl(url);
    if (target) upgradeToCluster(request, socket, { ...target, head });
    else if (options.devServer) upgradeToDevServer(options.devServer, request, socket);
    else socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
  }

  function upgradeToCluster(
    request: IncomingMessage,
    socket: Duplex,
    target: { cluster: string; path: string; head: Buffer },
  ): void {
    const { path, head } = target;
    const reached = options.reach(target.cluster);
    if (request.headers['sec-websocket-protocol'] === streamSubprotocol) {
      sockets.handleUpgrade(request, socket, head, (connection) => {
        if ('refusal' in reached) refuseStream(connection, reached.refusal);
        else streamOverSocket(connection, { upstream: reached.upstream, path, accept: 'application/json' });
      });
    } else if ('refusal' in reached) {
      refuseUpgrade(socket, reached.refusal);
    } else {
      proxyUpgrade(request, socket, { upstream: reached.upstream, path, head });
    }
  }

  await listen(server, port);
  return {
    port: portOf(server),
    url: `http://127.0.0.1:${portOf(server)}/?token=${options.token}`,
    close: () => close(server, sockets),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? (address as AddressInfo).port : 0;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return reject(error);
      reject(
        new AppError(
          {
            code: 'PortTaken',
            message:
              error.code === 'EACCES'
                ? `This user may not listen on port ${port}.`
                : `Port ${port} is taken by another program.`,
            remedy: 'Choose another with --port, or leave it out to take a free one.',
          },
          { cause: error },
        ),
      );
    });
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

function close(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.terminate();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
