import { AppError } from '@shared/lib/app-error.ts';
import type { Calls, Events } from '@shared/rpc/contract.ts';
import type { EventFrame, ServerFrame } from '@shared/rpc/frames.ts';
import type { RawData, WebSocket } from 'ws';
import { toErrorBody } from '../error-body.ts';

/** One function a call; the app's whole table (see `../calls.ts`). */
export type CallTable = { [M in keyof Calls]: (params: Calls[M]['params']) => Promise<Calls[M]['result']> };

/** Every connected window and command line. */
export class RpcSockets {
  readonly #calls: CallTable;
  readonly #sockets = new Set<WebSocket>();

  constructor(calls: CallTable) {
    this.#calls = calls;
  }

  /** How many are connected. */
  get count(): number {
    return this.#sockets.size;
  }

  add(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => void this.#answer(socket, data));
  }

  /** Tells everyone. */
  announce<E extends keyof Events>(event: E, data: Events[E]): void {
    const text = JSON.stringify({ event, data } satisfies { event: E; data: Events[E] } as EventFrame);
    for (const socket of this.#sockets) socket.send(text);
  }

  close(): void {
    for (const socket of this.#sockets) socket.close(1001, 'Slipway is closing');
  }

  async #answer(socket: WebSocket, data: RawData): Promise<void> {
    const frame = parseRequest(data);
    if (!frame) return socket.close(1003, 'not a call');
    const answer: ServerFrame = await this.#call(frame.method, frame.params).then(
      (result) => ({ id: frame.id, result }),
      (error: unknown) => ({ id: frame.id, error: toErrorBody(error) }),
    );
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(answer));
  }

  async #call(method: string, params: Record<string, unknown>): Promise<unknown> {
    if (!Object.hasOwn(this.#calls, method)) {
      throw new AppError({
        code: 'InvalidArgument',
        message: `There is no call ${method}.`,
        remedy: 'Window and app are of different versions: reload the window.',
      });
    }
    // The table's functions check their parameters themselves (parse at the edge).
    const call = this.#calls[method as keyof Calls] as (params: unknown) => Promise<unknown>;
    return call(params);
  }
}

function parseRequest(
  data: RawData,
): { id: number; method: string; params: Record<string, unknown> } | undefined {
  try {
    const value: unknown = JSON.parse(String(data));
    if (typeof value !== 'object' || value === null) return undefined;
    const { id, method, params } = value as Record<string, unknown>;
    if (typeof id !== 'number' || typeof method !== 'string') return undefined;
    return {
      id,
      method,
      params: typeof params === 'object' && params !== null ? (params as Record<string, unknown>) : {},
    };
  } catch {
    return undefined;
  }
}
