import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { FrameReader, frame } from './frames.ts';
import type { Responder } from './responder.ts';

const maxTcpConnections = 256;
const tcpIdleMs = 10_000;
/** Questions in work for one TCP connection; a client that sends more waits. */
const maxPipelined = 64;

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Both sockets of one address, answering. */
export interface DnsListener {
  /** The one port of both: useful when 0 was asked for. */
  readonly port: number;
  close(): Promise<void>;
}

/** Binds UDP and TCP on one address and answers until closed. Rejects when the address cannot be bound. */
export async function listenDns(
  responder: Responder,
  { host, port }: ListenAddress,
  signal: AbortSignal,
): Promise<DnsListener> {
  const { udp, tcp } = await bindBoth(host, port);
  udp.on('message', (message, from) => {
    void responder.respond(message, 'udp', signal).then((response) => {
      // A client that went away, or a socket being closed, is no error of ours.
      if (response) udp.send(response, from.port, from.address, () => undefined);
    });
  });
  tcp.maxConnections = maxTcpConnections;
  const connections = new Set<Socket>();
  tcp.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    serveConnection(responder, socket, signal);
  });
  return { port: udp.address().port, close: () => closeBoth(udp, tcp, connections) };
}

/** A port that is free for UDP may be taken for TCP: where any will do, another one is tried. */
const attempts = 20;

/** Binds the two sockets of one address to one port. Rejects when that cannot be had. */
export async function bindBoth(host: string, port: number): Promise<{ udp: UdpSocket; tcp: Server }> {
  for (let attempt = 1; ; attempt++) {
    const udp = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', reuseAddr: false });
    await bindUdp(udp, host, port);
    const tcp = createServer();
    try {
      tcp.listen(udp.address().port, host);
      await once(tcp, 'listening');
      return { udp, tcp };
    } catch (error) {
      udp.close();
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (port !== 0 || !isTaken || attempt === attempts) throw error;
    }
  }
}

function bindUdp(udp: UdpSocket, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    udp.once('error', reject);
    udp.bind(port, host, () => {
      udp.off('error', reject);
      udp.on('error', () => undefined);
      resolve();
    });
  });
}

function serveConnection(responder: Responder, socket: Socket, signal: AbortSignal): void {
  const reader = new FrameReader();
  let inWork = 0;
  socket.setTimeout(tcpIdleMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    for (const message of reader.push(chunk)) {
      inWork++;
      if (inWork >= maxPipelined) socket.pause();
      void responder.respond(message, 'tcp', signal).then((response) => {
        inWork--;
        if (response && socket.writable) socket.write(frame(response));
        socket.resume();
      });
    }
  });
}

async function closeBoth(udp: UdpSocket, tcp: Server, connections: ReadonlySet<Socket>): Promise<void> {
  for (const socket of connections) socket.destroy();
  await Promise.all([
    new Promise<void>((resolve) => udp.close(() => resolve())),
    new Promise((resolve) => tcp.close(resolve)),
  ]);
}
