import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@shared/client/client.ts';
import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { AppError } from '@shared/lib/app-error.ts';
import { diskFull, isNoSpace } from '../../docker/engine.ts';
import type { StepReporter } from '../operations/operations.ts';

const pollMs = 150;
const patienceMs = 180_000;
/** Without a change for so long, what may be in the way is looked for. */
const standstillMs = 3000;

export interface WantedNodes {
  readonly count: number;
  /**
   * Only nodes whose heartbeat (Lease) is younger than this count, in milliseconds since the epoch: after a restart
   * the stored conditions are those of before.
   */
  readonly aliveSinceMs?: number;
  /** The nodes' output, for the error. */
  detail(): Promise<string>;
  /** What keeps them from becoming ready, where it is known: waiting ends with it. */
  obstacle(): AppError | undefined;
}

/**
 * Waits until `count` nodes are Ready; AppError `Timeout` when they are not after three minutes, or earlier the
 * obstacle, when there is one and nothing has come on for some seconds.
 */
export async function waitForNodes(
  client: Client,
  wanted: WantedNodes,
  progress: { reporter: StepReporter; signal: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  let note = '';
  let changedMs = Date.now();
  for (;;) {
    progress.signal.throwIfAborted();
    const ready = await readyNodes(client, wanted.aliveSinceMs ?? 0, progress.signal).catch(
      (error: unknown) => {
        progress.signal.throwIfAborted();
        // Its process has ended, perhaps, and that is what has to be said; else it may answer the next time.
        const obstacle = wanted.obstacle();
        if (obstacle || Date.now() > deadline) throw obstacle ?? error;
        return undefined;
      },
    );
    if (ready !== undefined) {
      const now = `${ready} of ${wanted.count} nodes ready`;
      if (now !== note) {
        progress.reporter.note(now);
        note = now;
        changedMs = Date.now();
      }
      if (ready >= wanted.count) return;
    }
    const obstacle = Date.now() - changedMs > standstillMs ? wanted.obstacle() : undefined;
    if (obstacle) throw obstacle;
    if (Date.now() > deadline) throw tooLate(note, await wanted.detail());
    await delay(pollMs, undefined, { signal: progress.signal });
  }
}

function tooLate(note: string, detail: string): AppError {
  if (isNoSpace(detail)) return diskFull(detail);
  return new AppError({
    code: 'Timeout',
    message: `After ${patienceMs / 1000} s only ${note}.`,
    remedy: 'Look at the output below, then delete the cluster and create it again.',
    detail,
  });
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
