import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Sends one request on to Vite's server, which compiles the window's sources as they are asked for. */
export function serveFromDevServer(devServer: URL, request: IncomingMessage, response: ServerResponse): void {
  const outgoing = httpRequest(
    {
      host: devServer.hostname,
      port: devServer.port,
      method: request.method,
      path: request.url,
      headers: { ...request.headers, host: devServer.host },
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  outgoing.on('error', (error) =>
    response.writeHead(502, { 'content-type': 'text/plain' }).end(`Vite does not answer: ${error.message}`),
  );
  request.pipe(outgoing);
}

/** Vite's own WebSocket, over which it tells the page what changed. */
export function upgradeToDevServer(devServer: URL, request: IncomingMessage, socket: Duplex): void {
  const outgoing = httpRequest({
    host: devServer.hostname,
    port: devServer.port,
    path: request.url,
    headers: { ...request.headers, host: devServer.host, origin: devServer.origin },
  });
  outgoing.on('upgrade', (answer, upstream) => {
    const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
    upstream.pipe(socket).pipe(upstream);
    upstream.on('error', () => socket.destroy());
  });
  outgoing.on('error', () => socket.destroy());
  outgoing.end();
}
