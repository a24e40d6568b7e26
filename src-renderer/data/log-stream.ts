import { ApiError } from '@shared/api/status.ts';
import type { Client } from '@shared/client/client.ts';
import { objectPath } from '@shared/client/client.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { Backoff } from '@shared/lib/backoff.ts';
import { sleep, systemClock } from '@shared/lib/clock.ts';

/** One container's log. */
export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface LogOptions {
  readonly follow: boolean;
  /** The run before the last restart. */
  readonly previous: boolean;
  /** Last lines to begin with; undefined: all. */
  readonly tailLines: number | undefined;
  readonly sinceSeconds: number | undefined;
}

export interface LogListener {
  /** Bytes of whole lines, each beginning with its time, in order. May be cut anywhere. */
  onChunk(chunk: Uint8Array): void;
  /** The time of the last whole line handed over, to continue from; '' when there was none. */
  lastTime(): string;
  /** The container cannot be read now (still starting, being restarted) or the connection broke; it is tried again. */
  onWait(reason: string): void;
  /** The stream stands (again). */
  onOpen(again: boolean): void;
}

/**
 * Reads one container's log until `signal` aborts; without `follow` until its end. A followed log goes on
 * after a restart of the container and after a broken connection, from where it was. Rejects with ApiError
 * when the server refuses for good.
 */
export async function runLog(
  client: Client,
  source: LogSource,
  options: LogOptions & { listener: LogListener; signal: AbortSignal },
): Promise<void> {
  const { listener, signal, follow, previous } = options;
  const backoff = new Backoff({ initialMs: 500, maxMs: 8000 });
  let opened = false;
  while (!signal.aborted) {
    const sinceTime = listener.lastTime();
    let received = false;
    try {
      const query = {
        container: source.container,
        timestamps: 'true',
        ...(follow && { follow: 'true' }),
        ...(previous && { previous: 'true' }),
        ...(sinceTime !== '' ? { sinceTime } : beginning(options)),
      };
      const path = objectPath(podKind, { namespace: source.namespace, name: source.pod }, 'log');
      for await (const chunk of client.transport.stream({ method: 'GET', path, query, signal })) {
        if (!received) listener.onOpen(opened);
        received = true;
        opened = true;
        listener.onChunk(chunk);
      }
      if (!follow || previous) return;
      if (received) backoff.reset();
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && isFinal(error)) throw error;
      listener.onWait(error instanceof Error ? error.message : String(error));
    }
    await sleep(systemClock, backoff.next(), signal).catch(() => undefined);
  }
}

function beginning({ tailLines, sinceSeconds }: LogOptions): Record<string, string> {
  return {
    ...(tailLines !== undefined && { tailLines: String(tailLines) }),
    ...(sinceSeconds !== undefined && { sinceSeconds: String(sinceSeconds) }),
  };
}

/** 400 while a container is being created is not final; "previous terminated container not found" is. */
function isFinal(error: ApiError): boolean {
  if (error.code === 404 || error.code === 403 || error.code === 405) return true;
  return (
    error.code === 400 &&
    !/waiting to start|ContainerCreating|PodInitializing|ImagePull|CrashLoop|is terminated/i.test(
      error.message,
    )
  );
}
