import { Agent, type IncomingMessage, request } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { Disposable } from '@shared/lib/disposable.ts';
import { parseJsonText } from '@shared/lib/json-text.ts';
import type { ServerContext } from './context.ts';
import { dialHost, dialService } from './streaming/dial-service.ts';

/** How a webhook is reached, as configurations state it: exactly one of `url` and `service`. */
export interface WebhookTarget {
  readonly url?: string | undefined;
  readonly service?:
    | {
        readonly namespace: string;
        readonly name: string;
        readonly path?: string | undefined;
        readonly port?: number | undefined;
      }
    | undefined;
  /** Base64 of PEM; absent: the authorities the system trusts. */
  readonly caBundle?: string | undefined;
}

/** A call that brought no answer of use. The message is worded as by Go's HTTP client, as people know it. */
export class WebhookCallError extends Error {
  override readonly name = 'WebhookCallError';
}

interface Door {
  readonly agent: Agent;
  readonly authority: string;
  /** Path of the URL, query included. */
  readonly path: string;
}

const maxAnswerBytes = 64 * 1024 * 1024;
const idleMs = 60_000;

/**
 * Calls webhooks over HTTPS: by URL from this machine, or as a Service through the cluster's network. Connections are
 * verified with the webhook's own authority and kept for the next call.
 */
export class WebhookClient implements Disposable {
  readonly #server: ServerContext;
  readonly #agents = new Map<string, Agent>();

  constructor(server: ServerContext) {
    this.#server = server;
  }

  /** The parsed answer. Rejects with WebhookCallError. */
  async post(target: WebhookTarget, body: string, timeoutMs: number): Promise<unknown> {
    const door = this.#doorOf(target);
    const path = `${door.path}${door.path.includes('?') ? '&' : '?'}timeout=${goDuration(timeoutMs)}`;
    const call = { door, path, body, timeoutMs };
    let text: string;
    try {
      text = await send(call);
    } catch (error) {
      if (error instanceof WebhookCallError) throw error;
      throw new WebhookCallError(`Post "https://${door.authority}${path}": ${goError(error)}`, {
        cause: error,
      });
    }
    try {
      return parseJsonText(text);
    } catch (cause) {
      throw new WebhookCallError("couldn't get version/kind; json parse error: the answer is no JSON", {
        cause,
      });
    }
  }

  dispose(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #doorOf({ url, service, caBundle }: WebhookTarget): Door {
    const ca = caBundle === undefined ? undefined : Buffer.from(caBundle, 'base64').toString();
    if (service) {
      const { namespace, name, path = '/', port = 443 } = service;
      const serverName = `${name}.${namespace}.svc`;
      const dial = () => dialService(this.#server, { namespace, name, port });
      return {
        agent: this.#agent(`${serverName}:${port}`, { dial, serverName, ca }),
        authority: `${serverName}:${port}`,
        path,
      };
    }
    const { hostname, port, host, pathname } = new URL(url ?? '');
    const bare = hostname.replace(/^\[|\]$/g, '');
    const dial = () => dialHost(bare, Number(port || 443));
    const agent = this.#agent(host, { dial, serverName: bare, ca });
    return { agent, authority: host, path: pathname };
  }

  #agent(authority: string, facts: TlsFacts): Agent {
    const key = `${authority}\n${facts.ca ?? ''}`;
    const known = this.#agents.get(key);
    if (known) return known;
    const agent = new Agent({ keepAlive: true, maxFreeSockets: 32, timeout: idleMs });
    agent.createConnection = (_options, callback) => {
      secured(facts).then(
        (socket) => callback?.(null, socket),
        (error: Error) => callback?.(error, undefined as never),
      );
      return undefined;
    };
    this.#agents.set(key, agent);
    return agent;
  }
}

interface TlsFacts {
  readonly serverName: string;
  readonly ca: string | undefined;
  dial(): Promise<Duplex>;
}

async function secured({ dial, serverName, ca }: TlsFacts): Promise<Duplex> {
  const socket = await dial();
  return new Promise((resolve, reject) => {
    const options = { socket, host: serverName, ...(ca !== undefined && { ca }) };
    const secure = connectTls({ ...options, ...(isIP(serverName) === 0 && { servername: serverName }) });
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    secure.once('error', fail);
    secure.once('secureConnect', () => {
      secure.off('error', fail);
      resolve(secure);
    });
  });
}

interface Call {
  readonly door: Door;
  readonly path: string;
  readonly body: string;
  readonly timeoutMs: number;
}

/** Sends; once more when a kept connection turns out to have been closed meanwhile. */
async function send(call: Call): Promise<string> {
  try {
    return await sendOnce(call);
  } catch (error) {
    if (error instanceof StaleConnectionError) return sendOnce(call);
    throw error;
  }
}

class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

function sendOnce({ door, path, body, timeoutMs }: Call): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({
      agent: door.agent,
      method: 'POST',
      path,
      headers: {
        host: door.authority,
        'content-type': 'application/json',
        accept: 'application/json, */*',
        'user-agent': 'kube-apiserver-admission',
        'content-length': Buffer.byteLength(body),
      },
    });
    const timer = setTimeout(() => call.destroy(new Error('context deadline exceeded')), timeoutMs);
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      finish();
    };
    call.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = call.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      settle(() => reject(isStale ? new StaleConnectionError(error.message) : error));
    });
    call.on('response', (answer) => {
      collect(answer).then(
        (text) =>
          settle(() =>
            answer.statusCode === 200 ? resolve(text) : reject(refusal(answer.statusCode ?? 0, text)),
          ),
        (error: Error) => settle(() => reject(error)),
      );
    });
    call.end(body);
  });
}

async function collect(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxAnswerBytes) throw new WebhookCallError('the answer of the webhook is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Source: apimachinery, `NewGenericServerResponse`. */
const refusals: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  403: 'unknown',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  406: 'the server was unable to respond with a content type that the client supports',
  413: 'the request entity is too large',
  415: 'the body of the request was in an unknown format - accepted media types include: application/json',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

function refusal(code: number, text: string): WebhookCallError {
  const known = refusals[code];
  if (known !== undefined) return new WebhookCallError(known);
  const shown = JSON.stringify(text.trim().slice(0, 2048) || 'unknown');
  if (code >= 500)
    return new WebhookCallError(
      `an error on the server (${shown}) has prevented the request from succeeding`,
    );
  return new WebhookCallError(
    `the server responded with the status code ${code} but did not return more information`,
  );
}

/** Node's words in those of Go, where people look for them. */
function goError(error: unknown): string {
  const { code, message, address, port, hostname } = error as NodeJS.ErrnoException & {
    readonly address?: string;
    readonly port?: number;
    readonly hostname?: string;
  };
  const place =
    address !== undefined && port !== undefined
      ? ` ${address.includes(':') ? `[${address}]` : address}:${port}`
      : '';
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp${place}: connect: connection refused`;
    case 'ETIMEDOUT':
      return `dial tcp${place}: i/o timeout`;
    case 'EHOSTUNREACH':
      return `dial tcp${place}: connect: no route to host`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${hostname}: no such host`;
    case 'ECONNRESET':
    case 'EPIPE':
      return 'EOF';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_SIGNATURE_FAILURE':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    case 'CERT_HAS_EXPIRED':
      return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: ${message}`;
    default:
      return message.replace(/^services (".*" not found)$/, 'service $1');
  }
}

/** As Go prints whole seconds: `30s`, `1m0s`. */
function goDuration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
