import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocketServer } from 'ws';
import { serveFromDevServer, upgradeToDevServer } from './dev-server.ts';
import { proxyRequest, proxyUpgrade, refuseUpgrade, sendStatus } from './proxy.ts';
import type { RpcSockets } from './rpc-socket.ts';
import type { createSession } from './session.ts';
import { serveFile } from './static-files.ts';
import { refuseStream, streamOverSocket, streamSubprotocol } from './stream-socket.ts';
import { parseClusterUrl, type Reached } from './upstream.ts';

/** Where the gateway's requests lead. */
export interface Routes {
  /** Folder of the built window. */
  readonly rendererDir: string;
  /** In development: Vite's server, which stands in for that folder. */
  readonly devServer?: URL | undefined;
  readonly rpc: RpcSockets;
  /** The API server of a cluster, or why it cannot be reached. */
  reach(cluster: string): Reached;
}

/** Checks every request and upgrade, and leads it on: to the window's files, the RPC, a cluster. */
export class Router {
  readonly #routes: Routes;
  readonly #session: ReturnType<typeof createSession>;
  readonly #sockets: WebSocketServer;

  constructor(routes: Routes, session: ReturnType<typeof createSession>, sockets: WebSocketServer) {
    this.#routes = routes;
    this.#session = session;
    this.#sockets = sockets;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const token = url.searchParams.get('token');
    if (url.pathname === '/' && token !== null && this.#session.isOwnHost(request)) {
      const cookie = this.#session.cookieFor(token);
      if (cookie) {
        response.writeHead(303, { 'set-cookie': cookie, location: '/', 'cache-control': 'no-store' }).end();
        return;
      }
    }
    const refusal = this.#session.check(request);
    if (refusal) {
      response
        .writeHead(refusal.status, { 'content-type': 'text/plain; charset=utf-8' })
        .end(refusal.message);
      return;
    }
    const target = parseClusterUrl(request.url ?? '');
    if (target) return this.#proxyToCluster(request, response, target);
    if (this.#routes.devServer) {
      serveFromDevServer(this.#routes.devServer, request, response);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405).end();
      return;
    }
    if (!(await serveFile(this.#routes.rendererDir, url.pathname, response)))
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found');
  }

  #proxyToCluster(
    request: IncomingMessage,
    response: ServerResponse,
    target: { cluster: string; path: string },
  ): void {
    const reached = this.#routes.reach(target.cluster);
    if ('refusal' in reached) sendStatus(response, reached.refusal);
    else proxyRequest(request, response, { upstream: reached.upstream, path: target.path });
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#session.check(request);
    if (refusal) {
      socket.end(
        `HTTP/1.1 ${refusal.status} Refused\r\nconnection: close\r\ncontent-type: text/plain\r\n\r\n${refusal.message}`,
      );
      return;
    }
    const url = request.url ?? '';
    if (url === '/rpc') {
      this.#sockets.handleUpgrade(request, socket, head, (connection) => this.#routes.rpc.add(connection));
      return;
    }
    const target = parseClusterUrl(url);
    if (target) this.#upgradeToCluster(request, socket, { ...target, head });
    else if (this.#routes.devServer) upgradeToDevServer(this.#routes.devServer, request, socket);
    else socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
  }

  #upgradeToCluster(
    request: IncomingMessage,
    socket: Duplex,
    target: { cluster: string; path: string; head: Buffer },
  ): void {
    const { path, head } = target;
    const reached = this.#routes.reach(target.cluster);
    if (request.headers['sec-websocket-protocol'] === streamSubprotocol) {
      this.#sockets.handleUpgrade(request, socket, head, (connection) => {
        if ('refusal' in reached) refuseStream(connection, reached.refusal);
        else streamOverSocket(connection, { upstream: reached.upstream, path, accept: 'application/json' });
      });
    } else if ('refusal' in reached) {
      refuseUpgrade(socket, reached.refusal);
    } else {
      proxyUpgrade(request, socket, { upstream: reached.upstream, path, head });
    }
  }
}
