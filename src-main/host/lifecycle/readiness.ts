import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@shared/client/client.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { AppError } from '@shared/lib/app-error.ts';
import type { StepReporter } from '../operations/operations.ts';

const pollMs = 150;
const patienceMs = 180_000;

/** Waits until all named nodes (or `count` nodes in all) are Ready; AppError `Timeout` says which are not. */
export async function waitForNodes(
  client: Client,
  wanted: { count: number; detail(): Promise<string> },
  progress: { reporter: StepReporter; signal: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  let note = '';
  for (;;) {
    progress.signal.throwIfAborted();
    const { items } = await client.list(nodeKind, { signal: progress.signal });
    const ready = items.filter((node) =>
      node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    const now = `${ready.length} of ${wanted.count} nodes ready`;
    if (now !== note) progress.reporter.note(now);
    note = now;
    if (ready.length >= wanted.count) return;
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
