import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '@shared/lib/clock.ts';
import type { Kubelet } from '../kubelet.ts';
import { uidOf } from '../pod/spec.ts';
import type { ContainerRuntime } from '../runtime.ts';
import { HttpError } from './http-error.ts';
import { serveLogs } from './log-handler.ts';
import { connect, join, spliceToUrl, type Upgrade } from './splice.ts';
import { StatsSummary } from './stats.ts';

export interface KubeletServerOptions {
  readonly kubelet: Kubelet;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly nodeName: string;
  /** PEM: the node's own certificate and key, and the authority of its clients. */
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

export interface KubeletServer {
  /** Resolves to the port it listens on. */
  listen(port: number, host?: string): Promise<number>;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** The API server's certificate, and that of administrators; nobody else may look into pods. */
const allowedUsers = ['kube-apiserver-kubelet-client'];
const allowedGroups = ['system:masters'];

/** Commands travel in the address: whatever the API server takes (64 KB) has to find room here. */
const maxHeaderBytes = 128 * 1024;

/** The kubelet's HTTPS API, for the control plane alone: logs, exec, attach, port-forward, stats, tunnels. */
export function createKubeletServer(options: KubeletServerOptions): KubeletServer {
  const { cert, key, clientCa, log } = options;
  const stats = new StatsSummary(options);
  const server = https.createServer({
    cert,
    key,
    ca: clientCa,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    maxHeaderSize: maxHeaderBytes,
    // A stream may be over in one direction and go on in the other.
    allowHalfOpen: true,
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    serve(options, stats, { request, response }).catch((error: unknown) => refuse(response, error));
  });
  server.on('upgrade', (message: IncomingMessage, socket: TLSSocket, head: Buffer) => {
    socket.on('error', () => undefined);
    serveUpgrade(options, { message, socket, head }).catch((error: unknown) => {
      const { status, text } = answerOf(error);
      const body = `${text}\n`;
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
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function authorize(message: IncomingMessage): void {
  const { subject } = (message.socket as TLSSocket).getPeerCertificate();
  const groups = [subject?.O ?? []].flat();
  const isAllowed =
    allowedUsers.includes(String(subject?.CN ?? '')) || groups.some((group) => allowedGroups.includes(group));
  if (!isAllowed) throw new HttpError(403, `Forbidden (user=${subject?.CN ?? ''})`);
}

async function serve(
  options: KubeletServerOptions,
  stats: StatsSummary,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  authorize(request);
  const { path, query } = targetOf(request);
  const [root, namespace, pod, container] = path;
  if (root === 'healthz') sendText(response, 'ok');
  else if (root === 'pods')
    sendJson(response, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: options.kubelet.pods() });
  else if (root === 'stats') sendJson(response, await stats.read());
  else if (root === 'containerLogs' && namespace && pod && container) {
    await serveLogs(options, { target: { namespace, pod, container }, query }, response);
  } else if (isStreaming(root)) throw new HttpError(400, 'Upgrade request required');
  else throw new HttpError(404, `404 page not found`);
}

function isStreaming(root: string | undefined): boolean {
  return root !== undefined && ['exec', 'attach', 'portForward', 'tunnel'].includes(root);
}

async function serveUpgrade(options: KubeletServerOptions, upgrade: Upgrade): Promise<void> {
  authorize(upgrade.message);
  const { path, query } = targetOf(upgrade.message);
  const [root, namespace = '', pod = '', container = ''] = path;
  if (root === 'tunnel') return openTunnel(upgrade, query);
  if (root === 'portForward') return portForward(options, upgrade, { namespace, pod, query });
  if (root !== 'exec' && root !== 'attach') throw new HttpError(404, '404 page not found');
  const id = await runningContainer(options.kubelet, { namespace, pod, container });
  const flag = (name: string, alias: string) =>
    ['1', 'true'].includes(query.get(name) ?? query.get(alias) ?? '');
  const streams = {
    id,
    tty: flag('tty', 'tty'),
    stdin: flag('input', 'stdin'),
    stdout: flag('output', 'stdout'),
    stderr: flag('error', 'stderr') && !flag('tty', 'tty'),
  };
  const { runtime } = options;
  const url =
    root === 'exec'
      ? await runtime.exec({ ...streams, command: query.getAll('command') })
      : await runtime.attach(streams);
  await spliceToUrl(upgrade, url);
}

async function runningContainer(
  kubelet: Kubelet,
  target: { namespace: string; pod: string; container: string },
): Promise<string> {
  const pod = kubelet.pod(target.namespace, target.pod);
  if (!pod) throw new HttpError(404, 'pod does not exist');
  const observed = await kubelet.view.observe(uidOf(pod));
  const running = observed.containers.find(
    ({ name, state }) => name === target.container && state === 'Running',
  );
  if (!running)
    throw new HttpError(500, `unable to upgrade connection: container not found ("${target.container}")`);
  return running.id;
}

async function portForward(
  { kubelet, runtime }: KubeletServerOptions,
  upgrade: Upgrade,
  target: { namespace: string; pod: string; query: URLSearchParams },
): Promise<void> {
  const pod = kubelet.pod(target.namespace, target.pod);
  if (!pod) throw new HttpError(404, 'pod does not exist');
  const observed = await kubelet.view.observe(uidOf(pod));
  const sandbox = observed.sandboxes.find(({ state }) => state === 'Ready');
  if (!sandbox)
    throw new HttpError(
      500,
      `unable to upgrade connection: pod not found ("${target.pod}_${target.namespace}")`,
    );
  const ports = target.query
    .getAll('port')
    .flatMap((text) => text.split(','))
    .map(Number);
  await spliceToUrl(
    upgrade,
    await runtime.portForward({ sandboxId: sandbox.id, ports: ports.filter((port) => port > 0) }),
  );
}

/** Plain TCP to an address that only the node can reach: a pod's or a Service's. */
async function openTunnel(upgrade: Upgrade, query: URLSearchParams): Promise<void> {
  const address = query.get('address') ?? '';
  const port = Number(query.get('port'));
  if (address === '' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new HttpError(400, 'a tunnel needs an address and a port');
  }
  const target = await connect(address, port).catch((error: unknown) => {
    throw new HttpError(502, error instanceof Error ? error.message : String(error));
  });
  upgrade.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
  if (upgrade.head.length > 0) target.write(upgrade.head);
  join(upgrade.socket, target);
}

function targetOf(message: IncomingMessage): { path: readonly string[]; query: URLSearchParams } {
  const url = new URL(message.url ?? '/', 'https://kubelet');
  try {
    return { path: url.pathname.split('/').slice(1).map(decodeURIComponent), query: url.searchParams };
  } catch {
    throw new HttpError(400, 'malformed path');
  }
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
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
