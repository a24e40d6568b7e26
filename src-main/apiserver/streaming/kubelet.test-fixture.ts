import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { WebSocketServer } from 'ws';
import { issueNodeCertificate } from '../../cluster/pki.ts';
import { SpdyConnection, type SpdyStream } from '../../platform/spdy/connection.ts';
import type { TestCluster } from '../../testing/cluster.ts';

/**
 * A TLS server that behaves as a kubelet before a container runtime: answers logs; on exec it says what it was
 * asked for and echoes its input; what is sent to a forwarded port comes back in capitals.
 */
export interface FakeKubelet {
  readonly requests: { url: string; client: string; protocol: string }[];
  /** Sizes of terminals, as they were told. */
  readonly resizes: string[];
  readonly port: number;
  close(): Promise<void>;
}

export async function startKubelet({ dir }: TestCluster, nodeName: string): Promise<FakeKubelet> {
  const certificate = await issueNodeCertificate(join(dir, 'pki'), { nodeName, ips: ['127.0.0.1'] });
  const requests: FakeKubelet['requests'] = [];
  const resizes: string[] = [];
  const server: Server = createServer({
    cert: certificate.cert,
    key: certificate.key,
    ca: certificate.ca,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const note = (message: IncomingMessage, protocol: string) => {
    const { subject } = (message.socket as TLSSocket).getPeerCertificate();
    requests.push({ url: message.url ?? '', client: String(subject.CN), protocol });
  };
  server.on('request', (message, response) => {
    note(message, 'HTTP');
    if (message.url?.includes('previous=true')) {
      response.statusCode = 400;
      response.end('previous terminated container "app" in pod "web" not found');
    } else response.end('first line\nsecond line\n');
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'v4.channel.k8s.io' });
  server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (message.url?.startsWith('/tunnel?')) {
      note(message, 'tunnel');
      openTunnel(socket, message.url);
      return;
    }
    if (message.headers.upgrade?.toLowerCase() === 'spdy/3.1') {
      const [protocol = ''] = String(message.headers['x-stream-protocol-version']).split(', ');
      note(message, `SPDY ${protocol}`);
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
      );
      if (message.url?.startsWith('/portForward/')) servePorts(socket, head);
      else serveCommand(socket, head, { url: message.url ?? '', resizes });
      return;
    }
    note(message, 'WebSocket');
    sockets.handleUpgrade(message, socket, head, (client) => {
      client.send(Buffer.concat([Buffer.of(1), Buffer.from(`ran: ${commandOf(message.url ?? '')}`)]));
      client.send(Buffer.concat([Buffer.of(3), Buffer.from('{"metadata":{},"status":"Success"}')]));
      client.close(1000);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const open = new Set<TLSSocket>();
  server.on('secureConnection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return {
    requests,
    resizes,
    port: (server.address() as AddressInfo).port,
    async close() {
      if (!server.listening) return;
      sockets.close();
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The network of this node is the loopback interface: whatever the address, the port is one of this machine. */
function openTunnel(socket: Duplex, url: string): void {
  const port = Number(new URL(url, 'https://kubelet').searchParams.get('port'));
  const target = connect(port, '127.0.0.1');
  target.once('error', (error) => {
    const text = error.message;
    socket.end(
      `HTTP/1.1 502 Bad Gateway\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
    );
  });
  target.once('connect', () => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    target.pipe(socket).pipe(target);
    socket.once('close', () => target.destroy());
  });
}

function commandOf(url: string): string {
  return new URL(url, 'https://kubelet').searchParams.getAll('command').join('|');
}

/** Says what it runs, echoes its input, and ends as the command `exit N` asks. */
function serveCommand(
  socket: Duplex,
  head: Buffer,
  { url, resizes }: { url: string; resizes: string[] },
): void {
  const { searchParams } = new URL(url, 'https://kubelet');
  const command = searchParams.getAll('command');
  const names = ['input', 'output', 'error'].filter((name) => searchParams.get(name) === '1');
  const expected = 1 + names.length - (searchParams.get('tty') === '1' && names.includes('error') ? 1 : 0);
  const streams = new Map<string, SpdyStream>();
  const connection = new SpdyConnection(socket, {
    role: 'server',
    head,
    onStream(stream) {
      const type = stream.headers.streamtype ?? '';
      streams.set(type, stream);
      if (type === 'resize') stream.on('data', (chunk: Buffer) => resizes.push(chunk.toString().trim()));
      if (type !== 'resize' && streams.size - (streams.has('resize') ? 1 : 0) === expected) void run();
    },
  });
  const run = async () => {
    const stdout = streams.get('stdout');
    const stdin = streams.get('stdin');
    stdout?.write(`ran: ${command.join('|')}`);
    streams.get('stderr')?.end('to stderr');
    if (stdin) {
      stdin.on('data', (chunk: Buffer) => stdout?.write(chunk));
      await new Promise((resolve) => stdin.once('end', resolve));
    }
    stdout?.end();
    const code = command[0] === 'exit' ? command[1] : undefined;
    streams.get('error')?.end(code === undefined ? success : failure(code));
    for (const stream of streams.values()) stream.resume();
    await Promise.all(
      [...streams]
        .filter(([type]) => type === 'stdout' || type === 'error')
        .map(([, stream]) => finished(stream)),
    );
    connection.close();
  };
}

function finished(stream: SpdyStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableFinished) resolve();
    else stream.once('finish', () => resolve());
  });
}

const success = '{"metadata":{},"status":"Success"}';
function failure(code: string): string {
  const message = `command terminated with non-zero exit code: error executing command, exit code ${code}`;
  return JSON.stringify({
    metadata: {},
    status: 'Failure',
    message,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: code }] },
  });
}

/** Each connection to a port is a pair of streams; the error stream ends empty when all is well. */
function servePorts(socket: Duplex, head: Buffer): void {
  new SpdyConnection(socket, {
    role: 'server',
    head,
    onStream(stream) {
      if (stream.headers.streamtype === 'error') {
        stream.end();
        return;
      }
      stream.on('data', (chunk: Buffer) =>
        stream.write(`${stream.headers.port}:${chunk.toString().toUpperCase()}`),
      );
      stream.once('end', () => stream.end());
    },
  });
}
