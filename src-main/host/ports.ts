import { createServer, type Server } from 'node:net';

/**
 * Below the ranges that systems give to outgoing connections (32768 on, 49152 on): a port from there would often be
 * taken by some connection when a stopped cluster wants it back.
 */
const range = { from: 20_000, to: 30_000 };
const attempts = 200;

/** Free TCP ports of 127.0.0.1, all different. Another program may still take one before it is used. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers: Server[] = [];
  try {
    for (let attempt = 0; servers.length < count; attempt += 1) {
      const wish = range.from + Math.floor(Math.random() * (range.to - range.from));
      const server = await listen(attempt < attempts * count ? wish : 0);
      if (server) servers.push(server);
    }
    return servers.map(portOf);
  } finally {
    await Promise.all(servers.map(close));
  }
}

/** Whether a program could listen on this port of 127.0.0.1 just now. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server) await close(server);
  return server !== undefined;
}

/** Undefined when the port is taken, or not to be had for this user. */
function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const close = (server: Server) => new Promise((resolve) => server.close(resolve));

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
