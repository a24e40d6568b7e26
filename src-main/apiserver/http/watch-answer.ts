import type { AnyKind } from '@shared/kinds/define.ts';
import type { ServerContext } from '../context.ts';
import { negotiate } from '../representation/negotiate.ts';
import type { ApiServerRequest, WatchResponse } from '../request.ts';
import { encodeItems, frameFormat } from '../watch/frames.ts';
import type { HttpResponse } from './exchange.ts';
import { drained } from './parts.ts';

/** A watcher this far behind is let go: it will come back and catch up from the store. */
const maxBacklogBytes = 16 * 1024 * 1024;

interface WatchExchange {
  readonly request: ApiServerRequest | undefined;
  readonly answer: WatchResponse;
  onWatchEvents?(kind: AnyKind, count: number): void;
}

/**
 * Begins to write a watch. The present state goes out as fast as it is read; of what happens later, all that one
 * commit brought is one write.
 */
export async function sendWatch(
  server: ServerContext,
  { request, answer, onWatchEvents }: WatchExchange,
  response: HttpResponse,
): Promise<void> {
  const { source } = answer;
  const { kind } = source;
  const format = await frameFormat(server, kind, {
    format: negotiate(request?.accept ?? '', { kind, watch: true }),
    query: request?.query ?? new URLSearchParams(),
  });
  if (response.destroyed) return;
  response.statusCode = 200;
  response.setHeader('content-type', format.contentType);
  response.flushHeaders();
  let isFull = false;
  const session = source.start({
    items(items) {
      if (response.destroyed || response.writableEnded) return;
      onWatchEvents?.(kind, items.length);
      isFull = !response.write(encodeItems(kind, format, items));
      if (response.writableLength > maxBacklogBytes) {
        server.log('dropped a watcher that reads too slowly', {
          resource: kind.plural,
          user: request?.user.name,
        });
        session.dispose();
        response.destroy();
      }
    },
    drained: () => (isFull ? drained(response, response) : undefined),
    end: () => response.end(),
  });
  response.once('close', () => session.dispose());
}
