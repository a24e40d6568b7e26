import { setTimeout as delay } from 'node:timers/promises';
import { readControlPlaneState } from './cluster-files.ts';
import { startControlPlane } from './control-plane-process.ts';

const checkEveryMs = 500;
const backoffMs = { first: 250, max: 30_000 };

export interface SupervisedCluster {
  readonly name: string;
  readonly clusterDir: string;
  /** Path of the built control-plane entry. */
  readonly entry: string;
  /** `lost`: the process ended on its own; `back`: it answers again; `failing`: it could not be started. */
  onChange(change: { type: 'lost' | 'back' } | { type: 'failing'; error: unknown }): void;
}

/**
 * Keeps one cluster's control-plane process alive until `signal` aborts: a process that ended on its own
 * (crash, kill, out of memory) is started again, with growing pauses while that fails. Pods run on meanwhile.
 */
export async function runSupervisor(cluster: SupervisedCluster, signal: AbortSignal): Promise<void> {
  let pauseMs = backoffMs.first;
  while (!signal.aborted) {
    await delay(checkEveryMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted || readControlPlaneState(cluster.clusterDir)) continue;
    cluster.onChange({ type: 'lost' });
    while (!signal.aborted) {
      try {
        await startControlPlane({ clusterDir: cluster.clusterDir, entry: cluster.entry, signal });
        cluster.onChange({ type: 'back' });
        pauseMs = backoffMs.first;
        break;
      } catch (error) {
        if (signal.aborted) return;
        cluster.onChange({ type: 'failing', error });
        await delay(pauseMs, undefined, { signal }).catch(() => undefined);
        pauseMs = Math.min(pauseMs * 2, backoffMs.max);
      }
    }
  }
}
