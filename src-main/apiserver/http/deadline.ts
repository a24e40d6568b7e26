import { ApiError } from '@shared/api/status.ts';
import type { Attributes } from '../auth/authorizer.ts';
import { parseInteger } from '../registry/query.ts';

/** A request that is no stream is answered within this time, as in Kubernetes (`--request-timeout`). */
const maxRequestMs = 60_000;

const streaming = new Set(['exec', 'attach', 'portforward', 'proxy', 'log']);

/** Streams: no time limit, and no seat in a priority level (a watch takes one while it begins). */
export function isStream({ subresource }: Attributes): boolean {
  return streaming.has(subresource);
}

/** Lasts as long as its client likes: a stream, or a watch. */
export function isLongRunning(attributes: Attributes): boolean {
  return isStream(attributes) || attributes.verb === 'watch';
}

const units: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** These take `timeoutSeconds` as well. A watch does too, but is not waited for. */
const lists: ReadonlySet<string> = new Set(['list', 'deletecollection']);

/**
 * The time a request has, in milliseconds: what it asks for by `timeout=30s`, or a list by `timeoutSeconds=30`; a minute
 * at most. 400 for nonsense.
 */
export function requestTimeoutMs(query: URLSearchParams, verb = ''): number {
  const seconds = lists.has(verb) ? (parseInteger(query.get('timeoutSeconds')) ?? 0) : 0;
  const asked = askedTimeoutMs(query.get('timeout'));
  return seconds > 0 ? Math.min(seconds * 1000, asked) : asked;
}

function askedTimeoutMs(text: string | null): number {
  if (text === null || text === '' || text === '0') return maxRequestMs;
  const ms = parseDuration(text);
  if (ms === undefined) {
    const why = `time: invalid duration ${JSON.stringify(text)}`;
    throw ApiError.of('BadRequest', `invalid timeout specified in the request URL - ${why}`);
  }
  return ms > 0 ? Math.min(ms, maxRequestMs) : maxRequestMs;
}

/** A duration as Go writes it: `1m30s`, `500ms`, `1.5h`. */
function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d*)?(h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+(?:\.\d*)?)(h|ms|m|s|us|µs|ns)/g)) {
    sum += Number(count) * (units[unit] ?? 0);
  }
  return sum;
}

/** 504: what was begun goes on, but nobody waits for it any more. */
export function timedOut(): ApiError {
  const why = 'request did not complete within requested timeout - context deadline exceeded';
  return ApiError.of('Timeout', `Timeout: ${why}`, {});
}

/** Settles as `work` does, or rejects with 504 when that takes longer. */
export function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(timedOut()), timeoutMs);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
