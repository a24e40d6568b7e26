import { request } from 'node:https';

export interface HttpsJsonCall {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  /** PEM; absent: the system's authorities. */
  readonly ca?: string | undefined;
  /** Client certificate and key, PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Of the bearer. */
  readonly token?: string | undefined;
  /** Default 10,000. */
  readonly timeoutMs?: number;
}

/** Any status counts as an answer; the text is not parsed. */
export interface HttpsJsonAnswer {
  readonly status: number;
  readonly text: string;
}

const defaultTimeoutMs = 10_000;
const maxBytes = 1024 * 1024;

/** One HTTPS call to an identity service. Rejects when it is not reached, too slow, or says too much. */
export function callIdentityService(url: string, call: HttpsJsonCall = {}): Promise<HttpsJsonAnswer> {
  const { method = 'GET', body, ca, cert, key, token, timeoutMs = defaultTimeoutMs } = call;
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = {
      accept: 'application/json',
      ...(text !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const options = { method, headers, ca, cert, key, agent: false as const, timeout: timeoutMs };
    const sent = request(new URL(url), options, (message) => {
      const chunks: Buffer[] = [];
      let size = 0;
      message.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxBytes) sent.destroy(new Error(`the answer of ${url} is too long`));
      });
      message.on('error', reject);
      message.on('end', () =>
        resolve({ status: message.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error(`${url} did not answer in ${timeoutMs} ms`)));
    sent.on('error', reject);
    sent.end(text);
  });
}
