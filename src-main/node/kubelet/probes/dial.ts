import type { ReadonlyContainer } from '../pod/spec.ts';

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
};

/** A failed connection in the words that users of Kubernetes know. */
export function dialError(error: NodeJS.ErrnoException, address: string): string {
  const reason = reasons[error.code ?? ''];
  if (reason) return `dial tcp ${address}: ${reason}`;
  if (error.code === 'ECONNRESET') return 'EOF';
  if (error.code === 'ENOTFOUND') return `dial tcp: lookup ${address.replace(/:\d+$/, '')}: no such host`;
  return error.message;
}

/** The number behind a port that may be a name. Throws when no port of the container has that name. */
export function resolvePort(port: string | number, container: ReadonlyContainer): number {
  if (typeof port === 'number') return port;
  if (/^\d+$/.test(port)) return Number(port);
  const named = container.ports?.find(({ name }) => name === port);
  if (!named) throw new Error(`couldn't find port: "${port}" in container "${container.name}"`);
  return named.containerPort;
}
