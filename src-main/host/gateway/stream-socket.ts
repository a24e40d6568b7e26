import { request as httpsRequest } from 'node:https';
import type { ApiError } from '@shared/api/status.ts';
import { streamSubprotocol } from '@shared/rpc/frames.ts';
import type { WebSocket } from 'ws';
import { unreachable } from './proxy.ts';
import type { Upstream } from './upstream.ts';

export { streamSubprotocol };

const highWaterBytes = 4 * 1024 * 1024;

/**
 * A long answer (watch, log) over a WebSocket of its own. Browsers open at most six HTTP/1.1 connections to
 * one host, so that a handful of watches would starve everything else; sockets do not count against that.
 * Frames: first one text frame `{"status": N}`, then the body as binary frames, then close. The source is
 * paused while the window does not keep up.
 */
export function streamOverSocket(
  socket: WebSocket,
  target: { upstream: Upstream; path: string; accept: string },
): void {
  const { upstream, path, accept } = target;
  let isAnswered = false;
  const outgoing = httpsRequest(
    { host: upstream.host, port: upstream.port, agent: upstream.agent, path, headers: { accept } },
    (answer) => {
      isAnswered = true;
      socket.send(JSON.stringify({ status: answer.statusCode ?? 502 }));
      answer.on('data', (chunk: Buffer) => {
        socket.send(chunk);
        if (socket.bufferedAmount > highWaterBytes) {
          answer.pause();
          resumeWhenDrained(socket, () => answer.resume());
        }
      });
      answer.on('end', () => socket.close(1000));
      answer.on('error', (error) => socket.close(1011, error.message.slice(0, 120)));
    },
  );
  outgoing.on('error', (error) => {
    if (isAnswered) socket.close(1011, error.message.slice(0, 120));
    else refuseStream(socket, unreachable(error, upstream, 'GET'));
  });
  socket.on('close', () => outgoing.destroy());
  socket.on('error', () => outgoing.destroy());
  outgoing.end();
}

/** A refusal in the frames of an answer: browsers keep the status of a refused handshake to themselves. */
export function refuseStream(socket: WebSocket, error: ApiError): void {
  socket.send(JSON.stringify({ status: error.code }));
  socket.send(Buffer.from(JSON.stringify(error.status)));
  socket.close(1000);
}

function resumeWhenDrained(socket: WebSocket, resume: () => void): void {
  const timer = setInterval(() => {
    if (socket.readyState !== socket.OPEN) clearInterval(timer);
    else if (socket.bufferedAmount < highWaterBytes / 2) {
      clearInterval(timer);
      resume();
    }
  }, 20);
}
