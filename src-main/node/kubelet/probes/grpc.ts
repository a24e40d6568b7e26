import * as grpc from '@grpc/grpc-js';
import type { CheckResult } from './check.ts';

/**
 * One call of `grpc.health.v1.Health/Check`. Its two messages have one field each, so they are read and
 * written by hand: the request's field 1 is the service's name, the answer's field 1 is the state, 1 = serving.
 * https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function checkGrpc(
  target: { host: string; port: number; service: string },
  timeoutMs: number,
): Promise<CheckResult> {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  const client = new grpc.Client(`${host}:${target.port}`, grpc.credentials.createInsecure());
  return new Promise<CheckResult>((resolve) => {
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      encodeService,
      (bytes: Buffer) => bytes,
      target.service,
      { deadline: Date.now() + timeoutMs },
      (error, answer) =>
        resolve(error ? grpcFailure(error, `${host}:${target.port}`, timeoutMs) : stateOf(answer)),
    );
  }).finally(() => client.close());
}

function encodeService(service: string): Buffer {
  const name = Buffer.from(service);
  return name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
}

const states = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

function stateOf(answer: Buffer | undefined): CheckResult {
  const state = answer?.[0] === 0x08 ? (answer[1] ?? 0) : 0;
  if (state === 1) return { outcome: 'success', output: 'service healthy' };
  return { outcome: 'failure', output: `service unhealthy (responded with "${states[state] ?? 'UNKNOWN'}")` };
}

function grpcFailure(error: grpc.ServiceError, address: string, timeoutMs: number): CheckResult {
  const output = {
    [grpc.status.UNIMPLEMENTED]:
      `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.details}`,
    [grpc.status.DEADLINE_EXCEEDED]: `timeout: health rpc did not complete within ${timeoutMs / 1000}s`,
    [grpc.status.UNAVAILABLE]:
      `timeout: failed to connect service "${address}" within ${timeoutMs / 1000}s: ${error.details}`,
  }[error.code as number];
  return { outcome: 'failure', output: output ?? `error: health rpc probe failed: ${error.message}` };
}
