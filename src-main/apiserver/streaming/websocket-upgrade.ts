import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '@shared/api/status.ts';
import { type WebSocket, WebSocketServer } from 'ws';
import type { UpgradeConnection } from './kubelet-connector.ts';

const maxMessageBytes = 32 * 1024 * 1024;

/** The subprotocols a client offers, in its order; undefined when it wants something other than a WebSocket. */
export function offeredProtocols(headers: IncomingHttpHeaders): readonly string[] | undefined {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return undefined;
  return String(headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '');
}

/** Completes the handshake with one of the offered subprotocols, or (`''`) with none. Rejects with ApiError. */
export function acceptWebSocket(
  { message, socket, head }: UpgradeConnection,
  protocol: string,
): Promise<WebSocket> {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: () => (protocol === '' ? false : protocol),
  });
  return new Promise((resolve, reject) => {
    server.once('wsClientError', (error) => reject(ApiError.of('BadRequest', error.message)));
    server.handleUpgrade(message, socket, head, resolve);
  });
}
