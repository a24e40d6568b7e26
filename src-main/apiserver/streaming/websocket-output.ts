import { ApiError } from '@shared/api/status.ts';
import type { WebSocket } from 'ws';
import type { StreamResponse } from '../request.ts';
import type { UpgradeConnection } from './kubelet-connector.ts';
import { acceptWebSocket, offeredProtocols } from './websocket-upgrade.ts';

type Encode = (chunk: Uint8Array) => string | Uint8Array;

/**
 * How output travels, by subprotocol, the first one offered that is known.
 * Source: apiserver, `NewDefaultReaderProtocols` of util/wsstream.
 */
const encodings: ReadonlyMap<string, Encode> = new Map<string, Encode>([
  ['', (chunk) => chunk],
  ['binary.k8s.io', (chunk) => chunk],
  ['base64.binary.k8s.io', (chunk) => Buffer.from(chunk).toString('base64')],
]);

/** How clients that open a WebSocket want output; undefined for those that open something else. */
export function outputProtocolOf({ message }: UpgradeConnection): string | undefined {
  const offered = offeredProtocols(message.headers);
  if (!offered) return undefined;
  const known = offered.length === 0 ? '' : offered.find((protocol) => encodings.has(protocol));
  if (known !== undefined) return known;
  const supported = [...encodings.keys()].join(' ');
  throw ApiError.of(
    'BadRequest',
    `requested protocol(s) are not supported: [${offered.join(' ')}]; supports [${supported}]`,
  );
}

/**
 * Sends output over a WebSocket as it comes, as fast as it is read, and closes it at the end. The first message is
 * empty: it tells that the stream is there. Disposes of the output, however it ends.
 */
export async function sendOutput(
  connection: UpgradeConnection,
  protocol: string,
  body: StreamResponse['body'],
): Promise<void> {
  const encode = encodings.get(protocol) ?? ((chunk) => chunk);
  try {
    const socket = await acceptWebSocket(connection, protocol);
    socket.on('error', () => socket.terminate());
    socket.once('close', () => body.dispose());
    void pump(socket, encode, body);
  } catch (error) {
    body.dispose();
    throw error;
  }
}

async function pump(socket: WebSocket, encode: Encode, body: StreamResponse['body']): Promise<void> {
  try {
    await send(socket, encode(new Uint8Array()));
    for await (const chunk of body) {
      if (socket.readyState !== socket.OPEN) return;
      await send(socket, encode(chunk));
    }
    socket.close(1000);
  } catch {
    socket.terminate(); // nothing but breaking off says that there would have been more
  } finally {
    body.dispose();
  }
}

/** Resolves when the message has been handed to the network. */
function send(socket: WebSocket, message: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) =>
    socket.send(message, (error) => (error ? reject(error) : resolve())),
  );
}
