import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@shared/client/client.ts';
import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { AppError } from '@shared/lib/app-error.ts';
import type { StepReporter } from '../operations/operations.ts';

const pollMs = 150;
const patienceMs = 180_000;

export interface WantedNodes {
  readonly count: number;
  /**
   * Only nodes whose heartbeat (Lease) is younger than this count, in milliseconds since the epoch: after a restart
   * the stored conditions are those of before.
   */
  readonly aliveSinceMs?: number;
  /** The nodes' output, for the error. */
  detail(): Promise<string>;
}

/** Waits until `count` nodes are Ready; AppError `Timeout` when they are not after three minutes. */
export async function waitForNodes(
  client: Client,
  wanted: WantedNodes,
  progress: { reporter: StepReporter; signal: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  let note = '';
  for (;;) {
    progress.signal.throwIfAborted();
    const ready = await readyNodes(client, wanted.aliveSinceMs ?? 0, progress.signal);
    const now = `${ready} of ${wanted.count} nodes ready`;
    if (now !== note) progress.reporter.note(now);
    note = now;
    if (ready >= wanted.count) return;
    if (Date.now() > deadline) {
      throw new AppError({
        code: 'Timeout',
        message: `After ${patienceMs / 1000} s only ${now}.`,
        remedy: 'Look at the output below, then delete the cluster and create it again.',
        detail: await wanted.detail(),
      });
    }
    await delay(pollMs, undefined, { signal: progress.signal });
  }
}

/** How many nodes say that they are Ready and have shown a sign of life since. */
async function readyNodes(client: Client, aliveSinceMs: number, signal: AbortSignal): Promise<number> {
  const { items: nodes } = await client.list(nodeKind, { signal });
  const { items: leases } = await client.list(leaseKind, { namespace: 'kube-node-lease', signal });
  const renewed = new Map(
    leases.map(({ metadata, spec }) => [metadata?.name, Date.parse(spec?.renewTime ?? '')]),
  );
  return nodes.filter(({ metadata, status }) => {
    const isReady = status?.conditions?.some(
      (condition) => condition.type === 'Ready' && condition.status === 'True',
    );
    return isReady && (aliveSinceMs === 0 || (renewed.get(metadata?.name) ?? 0) >= aliveSinceMs);
  }).length;
}
