import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { ApiError, type StatusReason } from '@shared/api/status.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import type { Node } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { kubeletEndpointAnnotation, kubeletPort } from '@shared/rpc/cluster-config.ts';
import type { Store } from '../../store/store.ts';
import { objectOf, storeKey } from '../objects.ts';
import type {
  ByteStream,
  Handshake,
  KubeletConnector,
  KubeletHandler,
  KubeletRequest,
  OpenedUpgrade,
  UpgradeConnection,
} from './kubelet-connector.ts';

/** PEM: with what the API server shows itself to kubelets, and whose certificates it believes. */
export interface KubeletClientTls {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
}

const connectTimeoutMs = 10_000;
const maxErrorBytes = 64 * 1024;

interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** The name the kubelet's certificate must carry. */
  readonly nodeName: string;
}

/**
 * Reaches kubelets over TLS at the address their Node object carries. A kubelet must show a certificate of the
 * cluster's CA for its node's name.
 */
export function createTlsKubelets(tls: KubeletClientTls, store: Store): KubeletConnector {
  const agent = new Agent({
    cert: tls.certificate,
    key: tls.key,
    ca: tls.ca,
    keepAlive: false,
    minVersion: 'TLSv1.2',
  });
  return {
    async kubelet(nodeName) {
      const entry = await store.get(storeKey(nodeKind, '', nodeName));
      if (!entry) throw ApiError.notFound(nodeKind, nodeName);
      return handlerOf(agent, endpointOf(objectOf<Node>(entry), nodeName));
    },
  };
}

function endpointOf({ metadata, status }: DeepReadonly<Node>, nodeName: string): Endpoint {
  const annotated = metadata?.annotations?.[kubeletEndpointAnnotation];
  if (annotated) {
    const colon = annotated.lastIndexOf(':');
    return {
      host: annotated.slice(0, colon).replace(/^\[|\]$/g, ''),
      port: Number(annotated.slice(colon + 1)),
      nodeName,
    };
  }
  const address = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  if (address === undefined)
    throw ApiError.of('ServiceUnavailable', `no preferred addresses found; known addresses: []`);
  return { host: address, port: status?.daemonEndpoints?.kubeletEndpoint?.Port ?? kubeletPort, nodeName };
}

function handlerOf(agent: Agent, endpoint: Endpoint): KubeletHandler {
  return {
    logs: (request) => openLogs(agent, endpoint, request),
    upgrade: (request, connection) => pipeUpgrade(agent, endpoint, { request, connection }),
    open: (request, handshake) => openUpgrade(agent, endpoint, { request, handshake }),
    dial: () => dialKubelet(agent, endpoint),
  };
}

function optionsFor(agent: Agent, endpoint: Endpoint, request: KubeletRequest): RequestOptions {
  const query = request.query.toString();
  return {
    agent,
    host: endpoint.host,
    port: endpoint.port,
    servername: endpoint.nodeName,
    path: query === '' ? request.path : `${request.path}?${query}`,
    timeout: connectTimeoutMs,
  };
}

async function openLogs(agent: Agent, endpoint: Endpoint, request: KubeletRequest): Promise<ByteStream> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = httpsRequest({ ...optionsFor(agent, endpoint, request), method: 'GET' }, (message) => {
      call.setTimeout(0); // a followed log may be silent for long
      resolve(message);
    });
    call.once('timeout', () => call.destroy(new Error('i/o timeout')));
    call.once('error', (error) => reject(unreachable(endpoint, request, error)));
    call.end();
  });
  if (answer.statusCode !== 200) throw await kubeletError(answer);
  answer.on('error', () => {});
  return Object.assign(answer as AsyncIterable<Uint8Array>, { dispose: () => void answer.destroy() });
}

/** Hop-by-hop and credential headers stay behind; the rest of the handshake goes on as it came. */
const notForwarded = new Set([
  'host',
  'authorization',
  'cookie',
  'origin',
  'content-length',
  'transfer-encoding',
]);

function forwarded(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !notForwarded.has(name) && !name.startsWith('impersonate-'))
      kept[name] = value;
  }
  return kept;
}

interface Upgrade {
  readonly request: KubeletRequest;
  readonly connection: UpgradeConnection;
}

/** Sends the client's handshake to the kubelet; when it agrees, bytes flow both ways untouched. */
function pipeUpgrade(agent: Agent, endpoint: Endpoint, { request, connection }: Upgrade): Promise<void> {
  const { message, socket, head } = connection;
  return new Promise((resolve, reject) => {
    const call = httpsRequest({
      ...optionsFor(agent, endpoint, request),
      method: message.method ?? 'GET',
      headers: forwarded(message.headers),
    });
    const onGone = () => call.destroy();
    socket.once('close', onGone);
    call.once('timeout', () => call.destroy(new Error('i/o timeout')));
    call.once('error', (error) => reject(unreachable(endpoint, request, error)));
    call.once('response', (answer) => void kubeletError(answer).then(reject, reject));
    call.once('upgrade', (answer, kubelet, kubeletHead) => {
      socket.off('close', onGone);
      kubelet.setTimeout(0);
      socket.write(handshakeText(answer));
      if (kubeletHead.length > 0) socket.write(kubeletHead);
      if (head.length > 0) kubelet.write(head);
      join(socket, kubelet);
      resolve();
    });
    call.end();
  });
}

function openUpgrade(
  agent: Agent,
  endpoint: Endpoint,
  { request, handshake }: { readonly request: KubeletRequest; readonly handshake: Handshake },
): Promise<OpenedUpgrade> {
  return new Promise((resolve, reject) => {
    const call = httpsRequest({ ...optionsFor(agent, endpoint, request), ...handshake });
    call.once('timeout', () => call.destroy(new Error('i/o timeout')));
    call.once('error', (error) => reject(unreachable(endpoint, request, error)));
    call.once('response', (answer) => void kubeletError(answer).then(reject, reject));
    call.once('upgrade', ({ headers }, socket, head) => {
      socket.setTimeout(0);
      resolve({ socket, head, headers });
    });
    call.end();
  });
}

function dialKubelet(agent: Agent, endpoint: Endpoint): Promise<Duplex> {
  const { host, port, nodeName } = endpoint;
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      ...agent.options,
      host,
      port,
      servername: nodeName,
      timeout: connectTimeoutMs,
    });
    const onError = (error: Error) =>
      reject(unreachable(endpoint, { path: '/', query: new URLSearchParams() }, error));
    socket.once('timeout', () => socket.destroy(new Error('i/o timeout')));
    socket.once('error', onError);
    socket.once('secureConnect', () => {
      socket.setTimeout(0);
      socket.off('error', onError);
      resolve(socket);
    });
  });
}

function handshakeText(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let index = 0; index < answer.rawHeaders.length; index += 2) {
    lines.push(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Half-closing one side half-closes the other; an error or close of one ends both. */
function join(a: Duplex, b: Duplex): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.once('close', () => to.destroy());
  }
}

const reasons: Readonly<Record<number, StatusReason>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  503: 'ServiceUnavailable',
};

/** A kubelet answers errors as plain text. */
async function kubeletError(answer: IncomingMessage): Promise<ApiError> {
  let text = '';
  try {
    for await (const chunk of answer) {
      text += String(chunk);
      if (text.length > maxErrorBytes) break;
    }
  } catch (error) {
    text ||= String(error);
  }
  return ApiError.of(
    reasons[answer.statusCode ?? 500] ?? 'InternalError',
    text.trim() || `the kubelet answered ${answer.statusCode}`,
  );
}

function unreachable(endpoint: Endpoint, request: KubeletRequest, cause: Error): ApiError {
  const url = `https://${endpoint.host}:${endpoint.port}${request.path}`;
  const why = `error dialing backend: Get ${JSON.stringify(url)}: ${cause.message}`;
  return new ApiError(ApiError.of('InternalError', why).status, { cause });
}
