import type { Transport } from '@shared/client/transport.ts';

/**
 * The same transport, telling how its calls fare: `onResult(undefined)` when an answer or an event arrives,
 * `onResult(error)` when a call fails other than by abort. An informer retries by itself and only logs; this
 * is how the window learns that it does.
 */
export function observeTransport(transport: Transport, onResult: (error: unknown) => void): Transport {
  const fail = (error: unknown, signal: AbortSignal | undefined): never => {
    if (!signal?.aborted) onResult(error);
    throw error;
  };
  return {
    async request(request) {
      try {
        const answer = await transport.request(request);
        onResult(undefined);
        return answer;
      } catch (error) {
        return fail(error, request.signal);
      }
    },
    async watch(request, onEvents) {
      try {
        await transport.watch(request, (events) => {
          onResult(undefined);
          onEvents(events);
        });
      } catch (error) {
        fail(error, request.signal);
      }
    },
    stream: (request) => transport.stream(request),
  };
}
