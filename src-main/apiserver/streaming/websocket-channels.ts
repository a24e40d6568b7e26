import { once } from 'node:events';
import { ApiError } from '@shared/api/status.ts';
import type { WebSocket } from 'ws';
import type { SpdyConnection, SpdyStream } from '../../platform/spdy/connection.ts';

/** First byte of every message. Source: k8s.io/apimachinery/pkg/util/remotecommand. */
const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** A client that reads slower than this holds the container back. */
const maxBufferedBytes = 1024 * 1024;
const maxStatusBytes = 64 * 1024;

export interface CommandStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/**
 * Carries a command's streams between a WebSocket (v5 channels) and SPDY (v4), until the command or the client is
 * done. The status comes last.
 */
export function runChannels(socket: WebSocket, spdy: SpdyConnection, wanted: CommandStreams): void {
  const open = (streamType: string) => spdy.open({ streamtype: streamType });
  const error = open('error');
  error.end();
  const stdin = wanted.stdin ? open('stdin') : undefined;
  const outputs: Promise<void>[] = [];
  for (const name of ['stdout', 'stderr'] as const)
    if (wanted[name]) outputs.push(forward(socket, open(name), channels[name]));
  const resize = wanted.tty ? open('resize') : undefined;

  socket.on('message', (message) => {
    const data = message as Buffer;
    if (data[0] === channels.close) {
      if (data[1] === channels.stdin) stdin?.end();
      return;
    }
    const stream = data[0] === channels.stdin ? stdin : data[0] === channels.resize ? resize : undefined;
    if (!stream || stream.writableEnded || data.length < 2) return;
    if (stream.write(data.subarray(1))) return;
    socket.pause();
    stream.once('drain', () => socket.resume());
  });
  socket.once('close', () => spdy.destroy());
  socket.on('error', () => spdy.destroy());
  void finish(socket, spdy, { status: readStatus(error), outputs });
}

async function finish(
  socket: WebSocket,
  spdy: SpdyConnection,
  { status, outputs }: { status: Promise<Buffer>; outputs: readonly Promise<void>[] },
): Promise<void> {
  const text = await status;
  await Promise.all(outputs);
  if (socket.readyState === socket.OPEN) {
    socket.send(Buffer.concat([Buffer.of(channels.error), text]));
    socket.close(1000);
  }
  spdy.close();
}

/** Resolves when the output has ended, however. */
async function forward(socket: WebSocket, stream: SpdyStream, channel: number): Promise<void> {
  const head = Buffer.of(channel);
  stream.on('data', (chunk: Buffer) => {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(Buffer.concat([head, chunk]), () => stream.resume());
    if (socket.bufferedAmount > maxBufferedBytes) stream.pause();
  });
  stream.end();
  await endOf(stream);
}

/** What the kubelet says about the end of the command: always a Status. */
async function readStatus(stream: SpdyStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxStatusBytes) chunks.push(chunk);
  });
  await endOf(stream);
  if (chunks.length > 0) return Buffer.concat(chunks);
  const why = 'Internal error occurred: the connection to the kubelet broke off';
  return Buffer.from(JSON.stringify(ApiError.of('InternalError', why).status));
}

async function endOf(stream: SpdyStream): Promise<void> {
  if (stream.readableEnded || stream.destroyed) return;
  const controller = new AbortController();
  const { signal } = controller;
  // Whichever comes first; a stream that was reset is over as well.
  await Promise.race([once(stream, 'end', { signal }), once(stream, 'close', { signal })]).catch(() => {});
  controller.abort();
}
