import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import type { TestCluster } from './cluster.ts';

export interface HttpsCall {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
  /** Client certificate; default the administrator's, null for none. */
  readonly identity?: { readonly cert: string; readonly key: string } | null;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body parsed as JSON; undefined when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers of every shape
  readonly json: any;
}

/** One HTTP/1.1 request over a connection of its own, trusting the cluster's CA. */
export function callHttps(cluster: TestCluster, call: HttpsCall): Promise<HttpsAnswer> {
  const { method = 'GET', path, headers = {}, body, identity = cluster.pki.admin } = call;
  return new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(cluster.url);
    const options = { host, port, path, method, headers, ca: cluster.pki.ca.cert, agent: false, ...identity };
    const sent = request(options, (message) => {
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => chunks.push(chunk));
      message.on('error', reject);
      message.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        resolve({
          status: message.statusCode ?? 0,
          headers: message.headers,
          bytes,
          text,
          json: parse(text),
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export interface JsonCall {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly type?: string;
}

/** A request whose body, where there is one, is JSON: by every method alike. */
export function callJson(
  cluster: TestCluster,
  { method, path, body, type = 'application/json' }: JsonCall,
): Promise<HttpsAnswer> {
  if (body === undefined) return callHttps(cluster, { method, path });
  const text = JSON.stringify(body);
  // Node sends no length with the body of a DELETE by itself.
  const headers = { 'content-type': type, 'content-length': String(Buffer.byteLength(text)) };
  return callHttps(cluster, { method, path, headers, body: text });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not every answer is JSON
  }
}
