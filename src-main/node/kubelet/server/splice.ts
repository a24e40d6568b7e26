import type { IncomingMessage } from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';

/** A client's connection that asked to be upgraded. */
export interface Upgrade {
  readonly message: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

const connectTimeoutMs = 10_000;

/** Opens a TCP connection. Rejects when it does not stand within ten seconds. */
export function connect(host: string, port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, allowHalfOpen: true });
    const timer = setTimeout(
      () => socket.destroy(new Error(`dial tcp ${host}:${port}: i/o timeout`)),
      connectTimeoutMs,
    );
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

/**
 * Hands a connection over to `url`: the client's handshake is repeated there with its own method and headers,
 * and from then on bytes pass both ways untouched. So WebSocket and SPDY work alike.
 */
export async function spliceToUrl({ message, socket, head }: Upgrade, url: string): Promise<void> {
  const target = new URL(url);
  const upstream = await connect(target.hostname, Number(target.port || 80));
  const lines = [
    `${message.method ?? 'GET'} ${target.pathname}${target.search} HTTP/1.1`,
    `Host: ${target.host}`,
  ];
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    const name = message.rawHeaders[index] ?? '';
    if (!/^(host|authorization|content-length|origin)$/i.test(name))
      lines.push(`${name}: ${message.rawHeaders[index + 1]}`);
  }
  upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) upstream.write(head);
  join(socket, upstream);
}

/** Joins two connections; an end of one side is passed on, a break of one breaks the other. */
export function join(a: Duplex, b: Duplex): void {
  a.pipe(b);
  b.pipe(a);
  const both = [a, b];
  for (const [index, side] of both.entries()) {
    const other = both[1 - index];
    side.on('error', () => other?.destroy());
    side.on('close', () => {
      // Whatever it still sent is on its way; without a reader it must not stay open.
      if (other?.writableEnded) other.destroy();
      else other?.end(() => other.destroy());
    });
  }
}
