import type { IncomingMessage, ServerResponse } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ApiError } from '@shared/api/status.ts';
import { errorCode } from '../../platform/system-error.ts';
import { brokenOff } from './refusals.ts';
import { forwardHeaders, type Upstream } from './upstream.ts';

/** Sends one request on to an API server and streams the answer back as it comes. */
export function proxyRequest(
  request: IncomingMessage,
  response: ServerResponse,
  target: { upstream: Upstream; path: string },
): void {
  const outgoing = httpsRequest(options(request, target), (answer) => {
    response.writeHead(answer.statusCode ?? 502, forwardHeaders(answer.headers));
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  outgoing.on('error', (error) => {
    if (response.headersSent) response.destroy();
    else sendStatus(response, unreachable(error, target.upstream, request.method));
  });
  response.on('close', () => outgoing.destroy());
  request.pipe(outgoing);
}

/**
 * Passes an upgrade (exec, attach, port-forward) through: the client's handshake goes to the API server, its
 * answer comes back word for word, and from then on bytes flow both ways untouched.
 */
export function proxyUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  target: { upstream: Upstream; path: string; head: Buffer },
): void {
  const base = options(request, target);
  const upgrade = request.headers.upgrade ?? 'websocket';
  const outgoing = httpsRequest({ ...base, headers: { ...base.headers, connection: 'Upgrade', upgrade } });
  let isOpen = false;
  outgoing.on('upgrade', (answer, upstreamSocket, upstreamHead) => {
    isOpen = true;
    socket.write(head(101, 'Switching Protocols', answer.rawHeaders));
    if (upstreamHead.length > 0) socket.write(upstreamHead);
    if (target.head.length > 0) upstreamSocket.write(target.head);
    upstreamSocket.pipe(socket).pipe(upstreamSocket);
    const closeBoth = () => {
      upstreamSocket.destroy();
      socket.destroy();
    };
    for (const end of [socket, upstreamSocket]) end.on('error', closeBoth).on('close', closeBoth);
  });
  outgoing.on('response', (answer) => {
    isOpen = true;
    socket.write(
      head(answer.statusCode ?? 502, answer.statusMessage ?? '', [
        'connection',
        'close',
        'content-type',
        answer.headers['content-type'] ?? 'text/plain',
      ]),
    );
    answer.pipe(socket);
  });
  outgoing.on('error', (error) => {
    if (!isOpen) refuseUpgrade(socket, unreachable(error, target.upstream, 'GET'));
  });
  socket.on('error', () => outgoing.destroy());
  outgoing.end();
}

/** A Status as the answer to a plain request. */
export function sendStatus(response: ServerResponse, error: ApiError): void {
  response.writeHead(error.code, Object.fromEntries(statusHeaders(error)));
  response.end(JSON.stringify(error.status));
}

/** A Status as the answer to a handshake, which ends the connection. */
export function refuseUpgrade(socket: Duplex, error: ApiError): void {
  const headers = [['connection', 'close'], ...statusHeaders(error)];
  socket.end(head(error.code, error.reason ?? 'Refused', headers.flat()) + JSON.stringify(error.status));
}

function statusHeaders({ status }: ApiError): [string, string][] {
  const seconds = status.details?.retryAfterSeconds;
  return [
    ['content-type', 'application/json'],
    ...(seconds === undefined ? [] : [['retry-after', String(seconds)] satisfies [string, string]]),
  ];
}

function options(
  request: IncomingMessage,
  { upstream, path }: { upstream: Upstream; path: string },
): RequestOptions {
  return {
    host: upstream.host,
    port: upstream.port,
    agent: upstream.agent,
    method: request.method,
    path,
    headers: forwardHeaders(request.headers),
  };
}

/** Reading, and what no server has heard, can be tried again; of all else nobody knows whether it was done. */
export function unreachable(error: Error, { cluster }: Upstream, method: string | undefined): ApiError {
  const wasHeard = errorCode(error) !== 'ECONNREFUSED';
  return brokenOff(cluster, { mayHaveActed: wasHeard && method !== 'GET' && method !== 'HEAD' });
}

function head(status: number, text: string, rawHeaders: readonly string[]): string {
  let lines = `HTTP/1.1 ${status} ${text}\r\n`;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    lines += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`;
  return `${lines}\r\n`;
}
