import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Probe } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { ReadonlyContainer } from '../pod/spec.ts';
import { type ContainerRuntime, RuntimeError } from '../runtime.ts';
import { checkGrpc } from './grpc.ts';

/** `unknown`: the check itself went wrong, which counts neither way. */
export interface CheckResult {
  readonly outcome: 'success' | 'failure' | 'unknown';
  readonly output: string;
}

export interface CheckTarget {
  readonly runtime: ContainerRuntime;
  readonly container: ReadonlyContainer;
  readonly containerId: string;
  readonly podIp: string;
}

const maxOutputLength = 10 * 1024;

/** Makes one check as a probe asks for. Never rejects. */
export async function checkOnce(probe: DeepReadonly<Probe>, target: CheckTarget): Promise<CheckResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.exec) return await checkExec(target, probe.exec.command ?? [], timeoutMs);
    if (probe.httpGet) return await checkHttp(httpTarget(probe.httpGet, target), timeoutMs);
    if (probe.tcpSocket) {
      const { host = target.podIp, port } = probe.tcpSocket;
      return await checkTcp(host, resolvePort(port, target.container), timeoutMs);
    }
    if (probe.grpc)
      return await checkGrpc(
        { host: target.podIp, port: probe.grpc.port, service: probe.grpc.service ?? '' },
        timeoutMs,
      );
  } catch (error) {
    return { outcome: 'unknown', output: error instanceof Error ? error.message : String(error) };
  }
  return { outcome: 'unknown', output: 'missing probe handler' };
}

async function checkExec(
  { runtime, containerId }: CheckTarget,
  command: readonly string[],
  timeoutMs: number,
): Promise<CheckResult> {
  try {
    const { exitCode, stdout, stderr } = await runtime.execSync(
      containerId,
      command,
      Math.ceil(timeoutMs / 1000),
    );
    const output = (stdout + stderr).slice(0, maxOutputLength);
    return { outcome: exitCode === 0 ? 'success' : 'failure', output };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    const isTimeout = error.kind === 'Timeout' || /timed? ?out|deadline/i.test(error.message);
    if (!isTimeout) return { outcome: 'unknown', output: error.message };
    return {
      outcome: 'failure',
      output: `command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s`,
    };
  }
}

interface HttpTarget {
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

/** Any status from 200 to 399 is a success; a redirect counts as one without being followed elsewhere. */
export function checkHttp({ url, headers }: HttpTarget, timeoutMs: number): Promise<CheckResult> {
  return new Promise((resolve) => {
    const failed = (why: string) => resolve({ outcome: 'failure', output: `Get "${url}": ${why}` });
    const options = { headers, agent: false as const, rejectUnauthorized: false };
    const request = (url.startsWith('https:') ? https : http).get(url, options, (response) => {
      const status = response.statusCode ?? 0;
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < maxOutputLength) body += chunk;
      });
      const finish = () => {
        clearTimeout(timer);
        const isFine = status >= 200 && status < 400;
        resolve(
          isFine
            ? { outcome: 'success', output: body }
            : { outcome: 'failure', output: `HTTP probe failed with statuscode: ${status}` },
        );
      };
      response.once('end', finish);
      response.once('error', finish);
    });
    const timer = setTimeout(() => {
      failed('context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
      request.destroy();
    }, timeoutMs);
    request.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      failed(dialError(error, new URL(url).host));
    });
  });
}

/** A connection that opens is a success. */
export function checkTcp(host: string, port: number, timeoutMs: number): Promise<CheckResult> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const finish = (result: CheckResult) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(
      () => finish({ outcome: 'failure', output: `dial tcp ${address}: i/o timeout` }),
      timeoutMs,
    );
    socket.once('connect', () => finish({ outcome: 'success', output: '' }));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      finish({ outcome: 'failure', output: dialError(error, address) }),
    );
  });
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
};

/** A failed connection in the words that users of Kubernetes know. */
function dialError(error: NodeJS.ErrnoException, address: string): string {
  const reason = reasons[error.code ?? ''];
  if (reason) return `dial tcp ${address}: ${reason}`;
  if (error.code === 'ECONNRESET') return 'EOF';
  if (error.code === 'ENOTFOUND') return `dial tcp: lookup ${address.replace(/:\d+$/, '')}: no such host`;
  return error.message;
}

/** The number behind a port that may be a name. Throws when no port of the container has that name. */
export function resolvePort(port: string | number, container: ReadonlyContainer): number {
  if (typeof port === 'number') return port;
  if (/^\d+$/.test(port)) return Number(port);
  const named = container.ports?.find(({ name }) => name === port);
  if (!named) throw new Error(`couldn't find port: "${port}" in container "${container.name}"`);
  return named.containerPort;
}
