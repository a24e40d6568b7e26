import { apiVersionOf } from '@shared/api/meta.ts';
import { ApiError, type Status } from '@shared/api/status.ts';
import type { ApiRequest, Transport, WireWatchEvent } from '@shared/client/transport.ts';
import { patchContentTypes } from '@shared/client/transport.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import type {
  ApiServerRequest,
  ApiServerResponse,
  ListResponse,
  UserInfo,
  WatchResponse,
} from './request.ts';
import { bookmarkObject } from './watch/frames.ts';
import type { WatchItem } from './watch/watch.ts';

/**
 * A transport within the process: no HTTP, no serialization; answers are the store's own frozen objects.
 * Everything else (authorization, admission, validation, watches) is as over HTTPS.
 */
export function createLocalTransport(
  user: UserInfo,
  serve: (request: ApiServerRequest) => Promise<ApiServerResponse>,
): Transport {
  const send = (request: ApiRequest, watch: boolean) => serve(serverRequest(request, user, watch));
  return {
    async request(request) {
      request.signal?.throwIfAborted();
      return bodyOf(await send(request, false));
    },
    async watch(request, onEvents) {
      request.signal?.throwIfAborted();
      const response = await send(request, true);
      if (response.type !== 'watch') {
        bodyOf(response);
        throw new Error(`the answer to ${request.path} is not a watch`);
      }
      await follow(response, request.signal, onEvents);
    },
    async *stream(request) {
      request.signal?.throwIfAborted();
      const response = await send(request, false);
      if (response.type !== 'stream') {
        yield Buffer.from(textOf(response));
        return;
      }
      const onAbort = () => response.body.dispose();
      request.signal?.addEventListener('abort', onAbort, { once: true });
      try {
        yield* response.body;
      } finally {
        request.signal?.removeEventListener('abort', onAbort);
        response.body.dispose();
      }
      request.signal?.throwIfAborted();
    },
  };
}

function serverRequest(request: ApiRequest, user: UserInfo, watch: boolean): ApiServerRequest {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(request.query ?? {}))
    if (value !== undefined) query.append(key, value);
  if (watch) query.set('watch', 'true');
  const contentType =
    request.method === 'PATCH' ? patchContentTypes[request.patchType ?? 'strategic'] : 'application/json';
  return {
    method: request.method,
    path: request.path,
    query,
    accept: request.accept ?? '',
    userAgent: user.name,
    body: request.body === undefined ? { type: 'none' } : { type: 'value', value: request.body, contentType },
    user,
  };
}

function bodyOf(response: ApiServerResponse): unknown {
  switch (response.type) {
    case 'object':
      if (response.code >= 400) throw new ApiError(response.value as unknown as Status);
      return response.value;
    case 'list':
      return listObject(response);
    case 'raw': {
      if (response.code >= 400) throw ApiError.of('InternalError', textOf(response));
      const text = textOf(response);
      return response.contentType.startsWith('application/json') ? (JSON.parse(text) as unknown) : text;
    }
    case 'watch':
    case 'stream':
      throw new Error('this answer is a stream: use watch() or stream()');
    case 'handover':
      throw ApiError.of('BadRequest', 'what is proxied can only be asked for over HTTP');
  }
}

function listObject({ kind, metadata, entries }: ListResponse): JsonObject {
  return {
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    metadata: { ...metadata },
    items: entries.map((entry) => entry.value),
  };
}

function textOf(response: ApiServerResponse): string {
  if (response.type === 'raw')
    return typeof response.body === 'string' ? response.body : Buffer.from(response.body).toString('utf8');
  return JSON.stringify(bodyOf(response));
}

function follow(
  response: WatchResponse,
  signal: AbortSignal | undefined,
  onEvents: (events: readonly WireWatchEvent[]) => void,
): Promise<void> {
  const { source } = response;
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      signal?.removeEventListener('abort', onAbort);
      session.dispose();
      settle();
    };
    const onAbort = () => finish(() => reject(signal?.reason));
    const session = source.start({
      items(items) {
        const error = items.find((item) => item.type === 'ERROR');
        const events = items
          .filter((item) => item.type !== 'ERROR')
          .map((item) => wireEvent(source.kind, item));
        if (events.length > 0) onEvents(events);
        if (error?.type === 'ERROR') finish(() => reject(new ApiError(error.status)));
      },
      end: () => finish(resolve),
    });
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function wireEvent(kind: AnyKind, item: WatchItem): WireWatchEvent {
  if (item.type === 'BOOKMARK')
    return { type: item.type, object: bookmarkObject(kind, { shape: 'Object' }, item) };
  if (item.type === 'ERROR')
    return { type: item.type, object: item.status as unknown as DeepReadonly<JsonObject> };
  return { type: item.type, object: item.state.value };
}
