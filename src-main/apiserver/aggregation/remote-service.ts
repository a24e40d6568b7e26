import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { ApiError } from '@shared/api/status.ts';
import type { APIService } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { ServerContext } from '../context.ts';
import type { ProxyTarget } from '../http/reverse-proxy.ts';
import type { UserInfo } from '../request.ts';
import { dialService } from '../streaming/dial-service.ts';

/** With what this server shows that it may speak for users. PEM. */
export interface FrontProxyClient {
  readonly certificate: string;
  readonly key: string;
}

const askTimeoutMs = 5000;
const maxAnswerBytes = 8 * 1024 * 1024;

/** A group version that another server answers for. */
export class RemoteService {
  readonly object: DeepReadonly<APIService>;
  readonly group: string;
  readonly version: string;
  readonly #server: ServerContext;
  readonly #client: FrontProxyClient | undefined;

  constructor(server: ServerContext, client: FrontProxyClient | undefined, object: DeepReadonly<APIService>) {
    this.#server = server;
    this.#client = client;
    this.object = object;
    this.group = object.spec?.group ?? '';
    this.version = object.spec?.version ?? '';
  }

  get isAvailable(): boolean {
    return (this.object.status?.conditions ?? []).some(
      ({ type, status }) => type === 'Available' && status === 'True',
    );
  }

  /** Where a user's request goes: the server believes the headers because of the certificate. */
  target(url: string, user: UserInfo): ProxyTarget {
    return {
      dial: () => this.#dial(),
      url,
      prefix: '',
      headers: userHeaders(user),
      isTrusted: true,
      rewrites: false,
    };
  }

  /** Asks for JSON in the name of the aggregator; `etag`: what is known already. Rejects when there is no answer. */
  async ask(path: string, etag?: string): Promise<RemoteAnswer> {
    const socket = await this.#dial();
    const headers = { ...userHeaders(aggregator), ...(etag !== undefined && { 'if-none-match': etag }) };
    try {
      return await askOver(socket, path, headers);
    } finally {
      socket.destroy();
    }
  }

  async #dial(): Promise<Duplex> {
    const { service, caBundle, insecureSkipTLSVerify } = this.object.spec ?? {};
    const { namespace = '', name = '', port = 443 } = service ?? {};
    const socket = await dialService(this.#server, { namespace, name, port });
    return overVerifiedTls(socket, {
      servername: `${name}.${namespace}.svc`,
      rejectUnauthorized: insecureSkipTLSVerify !== true,
      ...(caBundle && { ca: Buffer.from(caBundle, 'base64') }),
      ...(this.#client && { cert: this.#client.certificate, key: this.#client.key }),
    });
  }
}

const aggregator: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] };

/** Source: Kubernetes, "Configure the Aggregation Layer": request header names as `extension-apiserver-authentication` says. */
function userHeaders({ name, uid, groups, extra = {} }: UserInfo): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'x-remote-user': name, 'x-remote-group': [...groups] };
  if (uid) headers['x-remote-uid'] = uid;
  for (const [key, values] of Object.entries(extra))
    headers[`x-remote-extra-${encodeURIComponent(key.toLowerCase())}`] = [...values];
  return headers;
}

interface TlsFacts {
  readonly servername: string;
  readonly rejectUnauthorized: boolean;
  readonly ca?: Buffer;
  readonly cert?: string;
  readonly key?: string;
}

function overVerifiedTls(socket: Duplex, facts: TlsFacts): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const secure = connectTls({ socket, ...facts });
    const fail = (cause: Error) => {
      socket.destroy();
      const text = `error trying to reach service: ${cause.message}`;
      reject(new ApiError(ApiError.of('ServiceUnavailable', text).status, { cause }));
    };
    secure.once('error', fail);
    secure.once('secureConnect', () => {
      secure.off('error', fail);
      resolve(secure);
    });
  });
}

/** What an aggregated server answers. */
export interface RemoteAnswer {
  readonly status: number;
  readonly body: string;
  readonly etag: string | undefined;
}

function askOver(
  socket: Duplex,
  path: string,
  headers: Readonly<Record<string, string | string[]>>,
): Promise<RemoteAnswer> {
  return new Promise((resolve, reject) => {
    const call = request({
      createConnection: () => socket as never,
      path,
      headers: { ...headers, accept: 'application/json', connection: 'close' },
      timeout: askTimeoutMs,
    });
    call.once('timeout', () => call.destroy(new Error('context deadline exceeded')));
    call.once('error', reject);
    call.once('response', (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswerBytes) answer.destroy(new Error('the answer is too large'));
        chunks.push(chunk);
      });
      answer.once('error', reject);
      answer.once('end', () => {
        const { statusCode: status = 0, headers: told } = answer;
        resolve({ status, body: Buffer.concat(chunks).toString(), etag: told.etag });
      });
    });
    call.end();
  });
}
