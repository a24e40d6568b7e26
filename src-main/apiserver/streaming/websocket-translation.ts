import type { Duplex } from 'node:stream';
import { ApiError } from '@shared/api/status.ts';
import { createWebSocketStream } from 'ws';
import { SpdyConnection } from '../../platform/spdy/connection.ts';
import type {
  KubeletHandler,
  KubeletRequest,
  OpenedUpgrade,
  UpgradeConnection,
} from './kubelet-connector.ts';
import { runChannels } from './websocket-channels.ts';
import { acceptWebSocket, offeredProtocols } from './websocket-upgrade.ts';

/** Subprotocol of commands that a WebSocket carries with a way to end its input. */
const commandProtocol = 'v5.channel.k8s.io';
/** Port-forwarding: what follows the plus sign is spoken inside, as SPDY. */
const tunnelPrefix = 'SPDY/3.1+';
const tunnelSuffix = '.k8s.io';

interface Streaming {
  readonly kubelet: KubeletHandler;
  readonly request: KubeletRequest;
  readonly connection: UpgradeConnection;
}

/**
 * Connects a client with a kubelet. Container runtimes speak SPDY and older WebSocket protocols; of what newer
 * clients ask for, v5 channels are translated and port-forward tunnels unpacked here, as Kubernetes' API server
 * does. Everything else passes through untouched. Rejects with ApiError before anything was written.
 */
export async function connectStreams(streaming: Streaming): Promise<void> {
  const { kubelet, request, connection } = streaming;
  const offered = offeredProtocols(connection.message.headers) ?? [];
  if (kubelet.open && request.path.startsWith('/portForward/')) {
    const inner = offered
      .filter((protocol) => protocol.startsWith(tunnelPrefix) && protocol.endsWith(tunnelSuffix))
      .map((protocol) => protocol.slice(tunnelPrefix.length));
    if (inner.length > 0) return tunnel(await openSpdy(kubelet.open, request, inner), connection);
  } else if (kubelet.open && offered.includes(commandProtocol)) {
    return translate(await openSpdy(kubelet.open, request, ['v4.channel.k8s.io']), streaming);
  }
  await kubelet.upgrade(request, connection);
}

async function openSpdy(
  open: NonNullable<KubeletHandler['open']>,
  request: KubeletRequest,
  protocols: readonly string[],
): Promise<OpenedUpgrade> {
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': [...protocols] };
  const opened = await open(request, { method: 'POST', headers });
  if (opened.headers.upgrade?.toLowerCase() === 'spdy/3.1') return opened;
  opened.socket.destroy();
  throw ApiError.of('InternalError', 'error dialing backend: the kubelet does not speak SPDY/3.1');
}

/** SPDY inside of binary messages: nothing of it is looked at. */
async function tunnel(upstream: OpenedUpgrade, connection: UpgradeConnection): Promise<void> {
  const inner = String(upstream.headers['x-stream-protocol-version'] ?? '');
  const socket = await acceptWebSocket(connection, `${tunnelPrefix}${inner}`).catch((error: unknown) => {
    upstream.socket.destroy();
    throw error;
  });
  const client = createWebSocketStream(socket);
  if (upstream.head.length > 0) client.write(upstream.head);
  bindLives(client, upstream.socket);
  client.pipe(upstream.socket);
  upstream.socket.pipe(client);
}

function bindLives(a: Duplex, b: Duplex): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.on('error', () => to.destroy());
    from.once('close', () => to.destroy());
  }
}

async function translate(upstream: OpenedUpgrade, { request, connection }: Streaming): Promise<void> {
  const spdy = new SpdyConnection(upstream.socket, { role: 'client', head: upstream.head });
  const socket = await acceptWebSocket(connection, commandProtocol).catch((error: unknown) => {
    spdy.destroy();
    throw error;
  });
  const has = (name: string) => request.query.get(name) === '1';
  const tty = has('tty');
  runChannels(socket, spdy, {
    stdin: has('input'),
    stdout: has('output'),
    stderr: has('error') && !tty,
    tty,
  });
}
