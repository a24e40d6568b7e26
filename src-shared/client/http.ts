import { ApiError, httpCodes, type Status, type StatusReason } from '../api/status.ts';
import { type ApiRequest, patchContentTypes, type WireWatchEvent } from './transport.ts';

/** What an {@link ApiRequest} is on HTTP. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** The same for every HTTP transport. */
export function encodeRequest(request: ApiRequest): HttpRequest {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.append(name, value);
  }
  const search = query.size > 0 ? `?${query}` : '';
  const contentType = request.patchType ? patchContentTypes[request.patchType] : 'application/json';
  return {
    method: request.method,
    target: request.path + search,
    headers: {
      accept: request.accept ?? 'application/json',
      ...(request.body !== undefined && { 'content-type': contentType }),
    },
    ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
  };
}

/** A watch, whatever the caller put into the query. */
export function watchRequest(request: ApiRequest): ApiRequest {
  return { ...request, query: { ...request.query, watch: 'true' } };
}

/** The decoded body of a 2xx answer. Text that is not JSON (`/healthz`, logs) is returned as a string. */
export function decodeBody(text: string, contentType: string | undefined): unknown {
  if (text === '') return undefined;
  return contentType?.includes('json') ? JSON.parse(text) : text;
}

/** The refusal behind any other answer: the server's Status, or one made from the code where a proxy answered. */
export function refusal(code: number, text: string): ApiError {
  const status = parseStatus(text);
  if (status) return new ApiError(status);
  const reasons = Object.entries(httpCodes) as [StatusReason, number][];
  const reason = reasons.find(([, known]) => known === code)?.[0];
  const detail = text.trim().slice(0, 500);
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `the server answered ${code}${detail && `: ${detail}`}`,
    ...(reason && { reason }),
    code,
  });
}

/**
 * Delivers the events of a watch body, one batch for each chunk that completes at least one line. Chunks may
 * cut lines and UTF-8 characters anywhere. Returns when the body ends; throws ApiError at an ERROR event, and
 * an Error when the body ends inside a line.
 */
export async function readWatch(
  chunks: AsyncIterable<Uint8Array>,
  onEvents: (events: readonly WireWatchEvent[]) => void,
): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    deliver(lines, onEvents);
  }
  rest += decoder.decode();
  if (rest.trim() !== '') throw new Error('the watch broke off inside an event');
}

function deliver(lines: readonly string[], onEvents: (events: readonly WireWatchEvent[]) => void): void {
  const events = lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as WireWatchEvent);
  const failed = events.findIndex((event) => event.type === 'ERROR');
  const good = failed < 0 ? events : events.slice(0, failed);
  if (good.length > 0) onEvents(good);
  const error = events[failed];
  if (error) throw refusal(500, JSON.stringify(error.object));
}

function parseStatus(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isStatus =
      typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
    return isStatus ? (value as Status) : undefined;
  } catch {
    return undefined;
  }
}
