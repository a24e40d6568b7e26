import { encodeRequest, readWatch, refusal, watchRequest } from '@shared/client/http.ts';
import type { ApiRequest, Transport } from '@shared/client/transport.ts';
import { streamSubprotocol } from '@shared/rpc/frames.ts';

/**
 * Carries long answers (watches, followed logs) over WebSockets: a browser opens at most six HTTP/1.1
 * connections to one host, and a handful of watches would starve everything else. Short calls go by `plain`.
 */
export function socketTransport(plain: Transport, baseUrl: string): Transport {
  const stream = (request: ApiRequest) =>
    streamOverSocket(socketUrl(baseUrl + encodeRequest(request).target), request.signal);
  return {
    request: (request) => plain.request(request),
    stream,
    async watch(request, onEvents) {
      try {
        await readWatch(stream(watchRequest(request)), onEvents);
      } catch (error) {
        request.signal?.throwIfAborted();
        throw error;
      }
    },
  };
}

/** The WebSocket address of a path of this window's own origin. */
export function socketUrl(path: string): string {
  return `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}${path}`;
}

/** The answer's body as it arrives. Ends with the server's end; throws ApiError for a refusal. */
async function* streamOverSocket(url: string, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  signal?.throwIfAborted();
  const socket = new WebSocket(url, streamSubprotocol);
  socket.binaryType = 'arraybuffer';
  const inbox: MessageEvent['data'][] = [];
  let end: CloseEvent | undefined;
  let wake: () => void = () => undefined;
  socket.addEventListener('message', (event) => {
    inbox.push(event.data);
    wake();
  });
  socket.addEventListener('close', (event) => {
    end = event;
    wake();
  });
  const onAbort = () => socket.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  let status: number | undefined;
  let refused = '';
  try {
    while (true) {
      while (inbox.length > 0) {
        const data: unknown = inbox.shift();
        if (typeof data === 'string') status = parseStatus(data);
        else if (data instanceof ArrayBuffer) {
          if (status !== undefined && status >= 400) refused += new TextDecoder().decode(data);
          else yield new Uint8Array(data);
        }
      }
      signal?.throwIfAborted();
      if (end !== undefined) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (status !== undefined && status >= 400) throw refusal(status, refused);
    if (end.code !== 1000)
      throw new TypeError(`network: the stream broke off${end.reason ? `: ${end.reason}` : ''}`);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    socket.close();
  }
}

function parseStatus(text: string): number | undefined {
  const frame: unknown = JSON.parse(text);
  return typeof frame === 'object' && frame !== null && 'status' in frame && typeof frame.status === 'number'
    ? frame.status
    : undefined;
}
