import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect as connectTls } from 'node:tls';
import { ApiError } from '@shared/api/status.ts';
import type { UpgradeConnection } from '../streaming/kubelet-connector.ts';
import { type HttpRequest, type HttpResponse, http1Request } from './exchange.ts';
import { rewritesLinks, sendRewritten } from './rewrite-links.ts';

/** Where a request goes on to. */
export interface ProxyTarget {
  /** Opens the connection to the backend; what it rejects with is the answer. */
  dial(): Promise<Duplex>;
  /** What the backend sees: path and query, as they came. */
  readonly url: string;
  /** The client's path up to where the backend's begins, for links that lead back. */
  readonly prefix: string;
  /** Set in place of what the client sent. */
  readonly headers?: OutgoingHttpHeaders;
  /** The backend believes `headers`: nothing of their kind (`X-Remote-`) passes, and redirects are refused. */
  readonly isTrusted?: boolean;
  /** Answers of HTML pages and redirects are made to lead through the proxy. */
  readonly rewrites: boolean;
}

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
/** Credentials are for this server alone. */
const credentials = new Set(['authorization']);

/** TLS to a backend over a connection that stands. Pods' certificates are not checked, as in Kubernetes. */
export function overTls(socket: Duplex): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const secure = connectTls({ socket, rejectUnauthorized: false });
    secure.once('error', reject);
    secure.once('secureConnect', () => {
      secure.off('error', reject);
      resolve(secure);
    });
  });
}

/**
 * Passes a request on and its answer back, bodies streamed both ways. Rejects with ApiError (503 when the backend
 * cannot be reached or breaks off before it answers) while nothing was sent.
 */
export async function forwardRequest(
  target: ProxyTarget,
  incoming: HttpRequest,
  outgoing: HttpResponse,
): Promise<void> {
  const socket = await target.dial();
  outgoing.once('close', () => socket.destroy());
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = request({
      createConnection: () => socket as never,
      method: incoming.method,
      path: target.url,
      headers: {
        ...headersFor(target, incoming),
        ...bodyHeaders(incoming),
        connection: 'close',
      },
      setHost: false,
    });
    call.once('response', resolve);
    call.once('error', (error) => reject(unreachable(error)));
    incoming.body.once('error', () => call.destroy());
    incoming.body.pipe(call);
  });
  await sendAnswer(target, { incoming, answer }, outgoing);
}

function unreachable(cause: Error): ApiError {
  const text = `error trying to reach service: ${cause.message}`;
  return new ApiError(ApiError.of('ServiceUnavailable', text).status, { cause });
}

function headersFor({ headers, isTrusted }: ProxyTarget, incoming: HttpRequest): OutgoingHttpHeaders {
  const kept = forwardedHeaders(incoming);
  if (isTrusted) for (const name of Object.keys(kept)) if (name.startsWith('x-remote-')) delete kept[name];
  return { ...kept, ...headers };
}

function forwardedHeaders({ headers, socket, url }: HttpRequest): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = withoutHops(headers);
  kept.host = headers.host ?? String(headers[':authority'] ?? '');
  const before = headers['x-forwarded-for'];
  kept['x-forwarded-for'] = [before, socket?.remoteAddress].filter(Boolean).join(', ');
  kept['x-forwarded-uri'] = url.split('?', 1)[0] ?? '';
  return kept;
}

/** A body of unknown length is told by chunks, whatever the method: Node does so for some of them only. */
function bodyHeaders({ headers, httpVersionMajor, method }: HttpRequest): OutgoingHttpHeaders {
  if (headers['content-length'] !== undefined) return {};
  const mayHaveBody = httpVersionMajor === 2 && method !== 'GET' && method !== 'HEAD';
  const isChunked = headers['transfer-encoding'] !== undefined || mayHaveBody;
  return isChunked ? { 'transfer-encoding': 'chunked' } : {};
}

function withoutHops(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = new Set(
    String(headers.connection ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase()),
  );
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':') || name.startsWith('impersonate-')) continue;
    if (!hopByHop.has(name) && !named.has(name) && !credentials.has(name)) kept[name] = value;
  }
  return kept;
}

async function sendAnswer(
  target: ProxyTarget,
  { incoming, answer }: { readonly incoming: HttpRequest; readonly answer: IncomingMessage },
  outgoing: HttpResponse,
): Promise<void> {
  const code = answer.statusCode ?? 502;
  if (target.isTrusted && code >= 300 && code < 400 && answer.headers.location !== undefined) {
    answer.destroy();
    outgoing.statusCode = 502;
    outgoing.setHeader('content-type', 'text/plain; charset=utf-8');
    outgoing.end('the backend attempted to redirect this request, which is not permitted');
    return;
  }
  outgoing.statusCode = code;
  const host = String(incoming.headers.host ?? incoming.headers[':authority'] ?? '');
  const place = { prefix: target.prefix, host };
  for (const [name, value] of Object.entries(withoutHops(answer.headers))) {
    const isLocation = name === 'location' && typeof value === 'string' && target.rewrites;
    outgoing.setHeader(name, isLocation ? rewritesLinks(value, place) : value);
  }
  if (target.rewrites && incoming.method !== 'HEAD' && isHtml(answer.headers)) {
    await sendRewritten(answer, outgoing, place);
    return;
  }
  // The backend's connection breaking off must break the client's: a short body must not look whole.
  await pipeline(answer, outgoing.body()).catch(() => outgoing.destroy());
}

function isHtml(headers: IncomingHttpHeaders): boolean {
  const encoding = headers['content-encoding'] ?? 'identity';
  return (
    /^text\/html\s*(;|$)/i.test(headers['content-type'] ?? '') && ['identity', 'gzip'].includes(encoding)
  );
}

/** Passes an upgrade (a WebSocket, SPDY) on; from then on bytes go both ways untouched. */
export async function forwardUpgrade(target: ProxyTarget, connection: UpgradeConnection): Promise<void> {
  const { message, socket, head } = connection;
  const backend = await target.dial();
  const headers = {
    ...headersFor(target, http1Request(message)),
    connection: 'Upgrade',
    upgrade: message.headers.upgrade ?? '',
  };
  const lines = [`${message.method ?? 'GET'} ${target.url} HTTP/1.1`];
  for (const [name, value] of Object.entries(headers))
    for (const one of [value].flat()) lines.push(`${name}: ${String(one)}`);
  backend.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) backend.write(head);
  for (const [from, to] of [
    [socket, backend],
    [backend, socket],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.once('close', () => to.destroy());
  }
}
