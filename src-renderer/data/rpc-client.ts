import { AppError, type AppErrorBody } from '@shared/lib/app-error.ts';
import { Backoff } from '@shared/lib/backoff.ts';
import { type Clock, sleep } from '@shared/lib/clock.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { Calls, Events } from '@shared/rpc/contract.ts';
import type { ServerFrame } from '@shared/rpc/frames.ts';
import { createWritable, type Readable } from './readable.ts';

export type Connection = 'connecting' | 'open' | 'lost';

/**
 * The app's own calls over one WebSocket that mends itself. A call made while the connection is down waits for
 * it; a call that was under way when it broke is rejected (it may or may not have been carried out).
 */
export interface RpcClient {
  readonly connection: Readable<Connection>;
  /** Rejects with AppError. */
  call<M extends keyof Calls>(method: M, params: Calls[M]['params']): Promise<Calls[M]['result']>;
  on<E extends keyof Events>(event: E, listener: (data: Events[E]) => void): Disposable;
  /** Connects, and again whenever the connection breaks, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The part of WebSocket that is used, so that tests can hand in another. */
export type OpenSocket = () => WebSocket;

export function createRpcClient(options: { open: OpenSocket; clock: Clock }): RpcClient {
  const connection = createWritable<Connection>('connecting');
  const listeners = new Map<string, Set<(data: never) => void>>();
  const pending = new Map<number, Pending>();
  const queue: string[] = [];
  let socket: WebSocket | undefined;
  let lastId = 0;

  function receive(text: string): void {
    const frame = parseFrame(text);
    if (frame === undefined) return;
    if ('event' in frame) {
      for (const listener of listeners.get(frame.event) ?? []) listener(frame.data as never);
      return;
    }
    const waiting = pending.get(frame.id);
    pending.delete(frame.id);
    if ('error' in frame) waiting?.reject(new AppError(frame.error));
    else waiting?.resolve(frame.result);
  }

  function failPending(): void {
    for (const waiting of pending.values()) waiting.reject(new AppError(lostBody));
    pending.clear();
  }

  /** One connection's life; resolves to whether it ever opened. */
  function connectOnce(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const current = options.open();
      let opened = false;
      const onAbort = () => current.close();
      signal.addEventListener('abort', onAbort, { once: true });
      current.addEventListener('open', () => {
        opened = true;
        socket = current;
        for (const text of queue.splice(0)) current.send(text);
        connection.set('open');
      });
      current.addEventListener('message', (message) => receive(String(message.data)));
      current.addEventListener('close', () => {
        signal.removeEventListener('abort', onAbort);
        socket = undefined;
        if (opened) failPending();
        resolve(opened);
      });
    });
  }

  return {
    connection,
    call: (method, params) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        pending.set(lastId, { resolve: resolve as Pending['resolve'], reject });
        const text = JSON.stringify({ id: lastId, method, params });
        if (socket !== undefined) socket.send(text);
        else queue.push(text);
      }),
    on: (event, listener) => {
      const known = listeners.get(event) ?? new Set();
      listeners.set(event, known.add(listener as (data: never) => void));
      return { dispose: () => void known.delete(listener as (data: never) => void) };
    },
    async run(signal) {
      const backoff = new Backoff({ initialMs: 250, maxMs: 4000 });
      while (!signal.aborted) {
        if (await connectOnce(signal)) backoff.reset();
        if (signal.aborted) break;
        connection.set('lost');
        await sleep(options.clock, backoff.next(), signal).catch(() => undefined);
      }
      failPending();
    },
  };
}

const lostBody: AppErrorBody = {
  code: 'Internal',
  message: 'The connection to Slipway was lost while this was under way.',
  remedy: 'Wait until the window is connected again, look whether it was carried out, then repeat it.',
};

function parseFrame(text: string): ServerFrame | undefined {
  const frame: unknown = JSON.parse(text);
  if (typeof frame !== 'object' || frame === null) return undefined;
  return 'event' in frame || 'id' in frame ? (frame as ServerFrame) : undefined;
}
