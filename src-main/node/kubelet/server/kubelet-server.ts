import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Client } from '@shared/client/client.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { Kubelet } from '../kubelet.ts';
import type { ContainerRuntime } from '../runtime.ts';
import { KubeletAccess } from './access.ts';
import type { MachineSize } from './container-metrics.ts';
import { HttpError, notFound } from './http-error.ts';
import { isReadOnly, type KubeletRequest, kubeletRoutes } from './routes.ts';
import type { Upgrade } from './splice.ts';
import { StatsSummary } from './stats.ts';
import { containerTarget, forwardPorts, openTunnel, streamContainer } from './streams.ts';

export interface KubeletServerOptions {
  readonly kubelet: Kubelet;
  readonly runtime: ContainerRuntime;
  /** With the node's own rights: asks who a caller is and what he may do. */
  readonly client: Client;
  readonly clock: Clock;
  readonly nodeName: string;
  readonly machine: MachineSize;
  readonly dns: { readonly server: string; readonly domain: string };
  /** What `/logs/` shows: `/var/log`. */
  readonly logFolder: string;
  /** Where it listens; 0: any port. */
  readonly port: number;
  /** PEM: the node's own certificate and key, and the authority of its clients. */
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

export interface KubeletServer {
  /** Resolves to the port it listens on. */
  listen(host?: string): Promise<number>;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Commands travel in the address: whatever the API server takes (64 KB) has to find room here. */
const maxHeaderBytes = 128 * 1024;

/** The kubelet's HTTPS API: for the control plane, and for whoever may use it (see {@link KubeletAccess}). */
export function createKubeletServer(options: KubeletServerOptions): KubeletServer {
  const { cert, key, clientCa, log } = options;
  const access = new KubeletAccess(options);
  const routes = kubeletRoutes(options, new StatsSummary(options));
  const server = https.createServer({
    cert,
    key,
    ca: clientCa,
    // Who brings none, or a stranger's, may still have a token.
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    maxHeaderSize: maxHeaderBytes,
    // A stream may be over in one direction and go on in the other.
    allowHalfOpen: true,
  });
  server.on('request', (message: IncomingMessage, response: ServerResponse) => {
    serve({ access, routes }, message, response).catch((error: unknown) => refuse(response, error));
  });
  server.on('upgrade', (message: IncomingMessage, socket: TLSSocket, head: Buffer) => {
    socket.on('error', () => undefined);
    serveUpgrade(options, access, { message, socket, head }).catch((error: unknown) => {
      const { status, text } = answerOf(error);
      const body = `${text.trimEnd()}\n`;
      socket.end(
        `HTTP/1.1 ${status} Refused\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    });
  });
  server.on('tlsClientError', (error) => log('a client was refused', { error: String(error) }));
  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    listen: (host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, host, () => resolve((server.address() as AddressInfo).port));
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const streaming = ['exec', 'attach', 'portForward', 'tunnel'];

async function serve(
  { access, routes }: { access: KubeletAccess; routes: ReturnType<typeof kubeletRoutes> },
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path, parts, query } = targetOf(message);
  await access.require(message, path);
  const root = parts[0] ?? '';
  if (streaming.includes(root)) throw new HttpError(400, 'Upgrade request required');
  const route = Object.hasOwn(routes, root) ? routes[root] : undefined;
  if (!route) throw notFound();
  if (isReadOnly(root) && message.method !== 'GET' && message.method !== 'HEAD')
    throw new HttpError(405, '405: Method Not Allowed');
  const request: KubeletRequest = { message, response, parts, query };
  await route(request);
}

async function serveUpgrade(
  options: KubeletServerOptions,
  access: KubeletAccess,
  upgrade: Upgrade,
): Promise<void> {
  const { path, parts, query } = targetOf(upgrade.message);
  const [root, ...rest] = parts;
  if (root === 'tunnel') {
    access.requireTrusted(upgrade.message);
    return openTunnel(upgrade, query);
  }
  await access.require(upgrade.message, path);
  if (root === 'portForward') {
    const [namespace = '', pod = '', uid] = rest;
    const target = { namespace, pod, ...(uid !== undefined && { uid }) };
    return forwardPorts(options, upgrade, { target, query });
  }
  const target = containerTarget(rest);
  if ((root !== 'exec' && root !== 'attach') || !target) throw notFound();
  await streamContainer(options, upgrade, { verb: root, target, query });
}

function targetOf(message: IncomingMessage): {
  path: string;
  parts: readonly string[];
  query: URLSearchParams;
} {
  const url = new URL(message.url ?? '/', 'https://kubelet');
  const { pathname, searchParams } = url;
  try {
    const parts = pathname.split('/').slice(1).map(decodeURIComponent);
    return { path: `/${parts.join('/')}`, parts, query: searchParams };
  } catch {
    throw new HttpError(400, 'malformed path');
  }
}

function answerOf(error: unknown): { status: number; text: string } {
  if (error instanceof HttpError) return { status: error.status, text: error.message };
  return { status: 500, text: error instanceof Error ? error.message : String(error) };
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, text } = answerOf(error);
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}
