import net from 'node:net';
import type { Probe } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { ReadonlyContainer } from '../pod/spec.ts';
import { type ContainerRuntime, RuntimeError } from '../runtime.ts';
import { dialError, resolvePort } from './dial.ts';
import { checkGrpc } from './grpc.ts';
import { checkHttp, httpTarget } from './http.ts';

/** `unknown`: the check itself went wrong, which counts neither way. */
export interface CheckResult {
  readonly outcome: 'success' | 'failure' | 'unknown';
  readonly output: string;
  /** A success that its owner should hear of. */
  readonly isWarning?: boolean;
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
