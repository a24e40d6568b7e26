import { createServer, type RequestListener, type Server } from 'node:http';
import { type Clock, sleep } from '@shared/lib/clock.ts';
import { rfc3339 } from '@shared/lib/time.ts';

/** A change that has waited for so long means that the rules are out of date for good: as in kube-proxy. */
const lateMs = 60_000;
const retryMs = 10_000;

/** Whether the rules of this node keep up with Services. */
export class ProxyHealth {
  readonly #clock: Clock;
  #updatedMs: number;
  #waitingSinceMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#updatedMs = clock.now();
  }

  /** Something changed that the rules do not know yet. */
  changed(): void {
    this.#waitingSinceMs ??= this.#clock.now();
  }

  /** The rules are those of what was known at `atMs`. */
  applied(atMs: number): void {
    this.#updatedMs = this.#clock.now();
    if (this.#waitingSinceMs !== undefined && this.#waitingSinceMs <= atMs) this.#waitingSinceMs = undefined;
  }

  /** As `/healthz` tells it. */
  report(): { readonly status: number; readonly body: object } {
    const nowMs = this.#clock.now();
    const isLate = this.#waitingSinceMs !== undefined && nowMs - this.#waitingSinceMs > lateMs;
    const lastUpdated = rfc3339(isLate ? this.#updatedMs : nowMs);
    return {
      status: isLate ? 503 : 200,
      body: { lastUpdated, currentTime: rfc3339(nowMs), nodeEligible: true },
    };
  }
}

/** Where kube-proxy's health and mode are asked for. */
export interface HealthAddresses {
  readonly health: { readonly host: string; readonly port: number };
  readonly status: { readonly host: string; readonly port: number };
}

export const healthAddresses: HealthAddresses = {
  health: { host: '0.0.0.0', port: 10_256 },
  status: { host: '127.0.0.1', port: 10_249 },
};

/** Answers at kube-proxy's own addresses until `signal` aborts. One that is taken is tried again. */
export async function serveHealth(
  parts: {
    readonly health: ProxyHealth;
    readonly clock: Clock;
    readonly log: (message: string, fields?: Record<string, unknown>) => void;
    readonly addresses?: HealthAddresses;
  },
  signal: AbortSignal,
): Promise<void> {
  const { health, addresses = healthAddresses } = parts;
  await Promise.all([
    keepServing(
      {
        ...parts,
        address: addresses.health,
        paths: { '/healthz': () => health.report(), '/livez': () => health.report() },
      },
      signal,
    ),
    keepServing(
      {
        ...parts,
        address: addresses.status,
        paths: {
          '/healthz': () => ({ status: 200, body: 'ok' }),
          '/proxyMode': () => ({ status: 200, body: 'nftables' }),
        },
      },
      signal,
    ),
  ]);
}

interface Serving {
  readonly clock: Clock;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
  readonly address: { readonly host: string; readonly port: number };
  readonly paths: Readonly<Record<string, () => { readonly status: number; readonly body: object | string }>>;
}

async function keepServing({ clock, log, address, paths }: Serving, signal: AbortSignal): Promise<void> {
  const listener: RequestListener = (request, response) => {
    const answer = paths[request.url?.replace(/\?.*/, '') ?? '']?.() ?? { status: 404, body: 'not found' };
    const isText = typeof answer.body === 'string';
    response.writeHead(answer.status, { 'content-type': isText ? 'text/plain' : 'application/json' });
    response.end(isText ? answer.body : JSON.stringify(answer.body));
  };
  while (!signal.aborted) {
    const server = createServer(listener);
    try {
      await listen(server, address);
      await ended(signal);
    } catch (error) {
      log('an address of kube-proxy cannot be had', { ...address, error: String(error) });
      await sleep(clock, retryMs, signal).catch(() => undefined);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }
}

function listen(server: Server, address: Serving['address']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => resolve());
  });
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
