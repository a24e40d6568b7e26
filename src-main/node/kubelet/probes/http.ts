import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Probe } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { CheckResult, CheckTarget } from './check.ts';
import { dialError, resolvePort } from './dial.ts';

/** What is kept of a body. */
const maxOutputLength = 10 * 1024;
const maxRedirects = 10;

export interface HttpTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

type HttpGet = NonNullable<DeepReadonly<Probe>['httpGet']>;

/** Where an `httpGet` of a probe or hook goes. Throws when the port has no number. */
export function httpTarget(
  get: HttpGet,
  { container, podIp }: Pick<CheckTarget, 'container' | 'podIp'>,
): HttpTarget {
  const port = resolvePort(get.port, container);
  const host = get.host || podIp;
  const path = get.path ?? '/';
  const url = `${(get.scheme ?? 'HTTP').toLowerCase()}://${host.includes(':') ? `[${host}]` : host}:${port}${path.startsWith('/') ? path : `/${path}`}`;
  const headers: Record<string, string> = {
    'User-Agent': 'kube-probe/1.36',
    Accept: '*/*',
    Connection: 'close',
  };
  for (const { name, value } of get.httpHeaders ?? []) headers[name] = value ?? '';
  return { url, headers };
}

/**
 * Any status from 200 to 399 is a success. Redirects within the host are followed, ten at most, all of it within the
 * time given; one to another host counts as a success without being followed, with a warning.
 */
export async function checkHttp({ url, headers }: HttpTarget, timeoutMs: number): Promise<CheckResult> {
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), timeoutMs);
  let place = new URL(url);
  try {
    for (let redirects = 0; ; redirects += 1) {
      const { status, location, body } = await get(place, headers, ended.signal);
      const next = location === undefined ? undefined : new URL(location, place);
      if (next?.hostname === place.hostname) {
        if (redirects >= maxRedirects) return failure(place, `stopped after ${maxRedirects} redirects`);
        place = next;
      } else if (status >= 300 && status < 400) {
        return {
          outcome: 'success',
          output: `Probe terminated redirects, Response body: ${body}`,
          isWarning: true,
        };
      } else if (status >= 200 && status < 300) return { outcome: 'success', output: body };
      else return { outcome: 'failure', output: `HTTP probe failed with statuscode: ${status}` };
    }
  } catch (error) {
    return failure(
      place,
      ended.signal.aborted
        ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
        : dialError(error as NodeJS.ErrnoException, place.host),
    );
  } finally {
    clearTimeout(timer);
  }
}

function failure({ href }: URL, why: string): CheckResult {
  return { outcome: 'failure', output: `Get "${href}": ${why}` };
}

interface Answer {
  readonly status: number;
  /** Where a redirect leads. */
  readonly location: string | undefined;
  readonly body: string;
}

const redirects = [301, 302, 303, 307, 308];

function get(url: URL, headers: HttpTarget['headers'], signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { headers, agent: false as const, rejectUnauthorized: false, signal };
    const request = (url.protocol === 'https:' ? https : http).get(url, options, (response) => {
      const finish = (body: string) =>
        resolve({ status: response.statusCode ?? 0, location: locationOf(response), body });
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < maxOutputLength) body += chunk;
      });
      response.once('end', () => finish(body));
      response.once('error', (error) => (signal.aborted ? reject(error) : finish(body)));
    });
    request.once('error', reject);
  });
}

function locationOf({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  return redirects.includes(statusCode) ? headers.location : undefined;
}
