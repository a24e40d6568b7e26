import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError } from '@shared/api/status.ts';
import { AppError } from '@shared/lib/app-error.ts';
import { WebSocketServer } from 'ws';
import { sendStatus } from './proxy.ts';
import { Router, type Routes } from './router.ts';
import { createSession } from './session.ts';
import { streamSubprotocol } from './stream-socket.ts';

/** `token`: what opens a session, new with every run. */
export interface GatewayOptions extends Routes {
  readonly token: string;
}

/** An open gateway. */
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

  const router = new Router(options, session, sockets);
  server.on('request', (request, response) => {
    router.answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendStatus(response, ApiError.of('InternalError', String(error)));
    });
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    router.upgrade(request, socket, head);
  });
  server.on('clientError', (_error, socket) =>
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n'),
  );

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
