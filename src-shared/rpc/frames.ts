import type { AppErrorBody } from '../lib/app-error.ts';
import type { Calls, Events } from './contract.ts';

/** Client to server: one call. `id` is unique per connection. */
export type RequestFrame = {
  [M in keyof Calls]: { readonly id: number; readonly method: M; readonly params: Calls[M]['params'] };
}[keyof Calls];

/** Server to client: the answer to one call, or an announcement. */
export type ServerFrame =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: AppErrorBody }
  | EventFrame;

export type EventFrame = {
  [E in keyof Events]: { readonly event: E; readonly data: Events[E] };
}[keyof Events];

/**
 * WebSocket subprotocol under which the gateway carries a long GET answer (watch, followed log) at the same
 * URL as the plain request: one text frame `{"status": N}`, then the body as binary frames, then close 1000.
 */
export const streamSubprotocol = 'slipway.stream';
