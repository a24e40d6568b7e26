import { type Clock, sleep } from '@shared/lib/clock.ts';
import type { ApiServer } from '../apiserver/server.ts';

const retryMs = 2000;

interface GatewayListening {
  readonly server: ApiServer;
  readonly address: { readonly host: string; readonly port: number };
  readonly clock: Clock;
  log(message: string, fields?: Record<string, unknown>): void;
}

/**
 * Listens on the address nodes call. It belongs to a Docker network and is missing while Docker is down: then
 * tries again every two seconds, until it works or the signal aborts.
 */
export async function keepListening(
  { server, address, clock, log }: GatewayListening,
  signal: AbortSignal,
): Promise<void> {
  let reported = '';
  while (!signal.aborted) {
    try {
      await server.listen([address]);
      log('listening for nodes', address);
      break;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text !== reported) log('the address for nodes cannot be had yet', { ...address, error: text });
      reported = text;
    }
    await sleep(clock, retryMs, signal).catch(() => undefined); // aborted: the loop's condition ends it
  }
  await untilAborted(signal);
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
