import type { Container } from '@shared/kinds/wire.ts';
import { type Clock, sleep } from '@shared/lib/clock.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { type CheckTarget, checkTcp } from '../probes/check.ts';
import { resolvePort } from '../probes/dial.ts';
import { checkHttp, httpTarget } from '../probes/http.ts';

export type Handler = NonNullable<NonNullable<DeepReadonly<Container>['lifecycle']>['postStart']>;

const httpTimeoutMs = 30_000;

/** Runs a postStart or preStop handler to its end. Rejects with the reason when it failed. */
export async function runHandler(
  handler: Handler,
  target: CheckTarget,
  options: { clock: Clock; timeoutSeconds: number; signal?: AbortSignal },
): Promise<void> {
  if (handler.exec) {
    const command = handler.exec.command ?? [];
    const { exitCode, stdout, stderr } = await target.runtime.execSync(
      target.containerId,
      command,
      options.timeoutSeconds,
    );
    if (exitCode !== 0)
      throw new Error(`command '${command.join(' ')}' exited with ${exitCode}: ${(stdout + stderr).trim()}`);
  } else if (handler.httpGet) {
    // Any answer will do: what counts is that the container was told.
    const result = await checkHttp(httpTarget(handler.httpGet, target), httpTimeoutMs);
    if (result.outcome !== 'success' && !result.output.startsWith('HTTP probe failed'))
      throw new Error(result.output);
  } else if (handler.tcpSocket) {
    const { host = target.podIp, port } = handler.tcpSocket;
    const result = await checkTcp(host, resolvePort(port, target.container), httpTimeoutMs);
    if (result.outcome !== 'success') throw new Error(result.output);
  } else if (handler.sleep) {
    await sleep(
      options.clock,
      Math.min(handler.sleep.seconds, options.timeoutSeconds || handler.sleep.seconds) * 1000,
      options.signal,
    );
  }
}
