import { decodeBody, encodeRequest, readWatch, refusal, watchRequest } from './http.ts';
import type { ApiRequest, Transport } from './transport.ts';

export interface FetchTransportOptions {
  /** What paths are appended to, without trailing slash, e.g. `/clusters/dev` or `http://127.0.0.1:8001`. */
  readonly baseUrl: string;
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A transport over `fetch`: the window's, through the gateway, and anybody's without client certificates. */
export function createFetchTransport(options: FetchTransportOptions): Transport {
  const { baseUrl, headers = {} } = options;
  const send = options.fetch ?? globalThis.fetch.bind(globalThis);

  async function open(request: ApiRequest): Promise<Response> {
    const { method, target, body, headers: own } = encodeRequest(request);
    const response = await send(baseUrl + target, {
      method,
      headers: { ...own, ...headers },
      ...(body !== undefined && { body }),
      ...(request.signal && { signal: request.signal }),
    });
    if (response.ok) return response;
    throw refusal(response.status, await response.text());
  }

  async function* stream(request: ApiRequest): AsyncIterable<Uint8Array> {
    const response = await open(request);
    const reader = response.body?.getReader();
    if (!reader) return;
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
    } finally {
      // Tells the server to stop when the consumer leaves early.
      await reader.cancel().catch(() => undefined);
    }
  }

  return {
    async request(request) {
      const response = await open(request);
      return decodeBody(await response.text(), response.headers.get('content-type') ?? undefined);
    },
    async watch(request, onEvents) {
      try {
        await readWatch(stream(watchRequest(request)), onEvents);
      } catch (error) {
        request.signal?.throwIfAborted();
        throw error;
      }
    },
    stream,
  };
}
