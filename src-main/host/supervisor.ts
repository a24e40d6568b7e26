import { setTimeout as delay } from 'node:timers/promises';
import type { ControlPlaneState } from '@shared/rpc/cluster-config.ts';
import { readControlPlaneState } from './cluster-files.ts';
import { untilSilent } from './liveness.ts';

const checkEveryMs = 500;
const backoffMs = { first: 250, max: 30_000 };

/** Why a control plane has to be started again. */
export type Loss =
  /** The process is gone. */
  | { readonly type: 'ended' }
  /** The process is there and answers nothing. */
  | { readonly type: 'silent'; readonly process: ControlPlaneState };

export interface SupervisedCluster {
  readonly clusterDir: string;
  /** Silence after which a living process counts as hung; 0: never. */
  readonly hangLimitMs: number;
  /** Brings it back, once; rejects when that failed, and is then called again after a pause. */
  restart(loss: Loss, attempt: number): Promise<void>;
}

/**
 * Keeps one cluster's control-plane process at work until `signal` aborts: one that ended on its own (crash, kill,
 * out of memory) or hangs is started again, with growing pauses while that fails. Pods run on meanwhile.
 */
export async function runSupervisor(cluster: SupervisedCluster, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const loss = await untilLost(cluster, signal);
    if (loss) await restartUntilBack(cluster, loss, signal);
  }
}

/** Undefined when the signal aborts before. */
async function untilLost(
  { clusterDir, hangLimitMs }: SupervisedCluster,
  signal: AbortSignal,
): Promise<Loss | undefined> {
  const process = readControlPlaneState(clusterDir);
  if (!process) return { type: 'ended' };
  const found = new AbortController();
  const either = AbortSignal.any([signal, found.signal]);
  const watching: Promise<Loss | undefined>[] = [
    untilEnded(clusterDir, process, either),
    untilSilent({ port: process.port, limitMs: hangLimitMs }, either).then((isSilent) =>
      isSilent ? { type: 'silent', process } : undefined,
    ),
  ];
  const loss = await Promise.race(watching);
  found.abort();
  await Promise.all(watching);
  return signal.aborted ? undefined : loss;
}

async function untilEnded(
  clusterDir: string,
  process: ControlPlaneState,
  signal: AbortSignal,
): Promise<Loss | undefined> {
  while (!signal.aborted) {
    await delay(checkEveryMs, undefined, { signal }).catch(() => undefined); // aborted: ends the loop
    if (!signal.aborted && readControlPlaneState(clusterDir)?.pid !== process.pid) return { type: 'ended' };
  }
  return undefined;
}

async function restartUntilBack(cluster: SupervisedCluster, loss: Loss, signal: AbortSignal): Promise<void> {
  let pauseMs = backoffMs.first;
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      return await cluster.restart(loss, attempt);
    } catch {
      // told by `restart`
      await delay(pauseMs, undefined, { signal }).catch(() => undefined); // aborted: ends the loop
      pauseMs = Math.min(pauseMs * 2, backoffMs.max);
    }
  }
}
