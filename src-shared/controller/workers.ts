import { isReason } from '../api/status.ts';
import type { ControllerContext, ReconcileResult } from './define.ts';
import type { WorkQueue } from './work-queue.ts';

export interface Work {
  readonly queue: WorkQueue;
  readonly context: ControllerContext;
  /** Keys worked on at the same time. */
  readonly concurrency: number;
  /** Throwing means: retry with back-off. A Conflict is retried without a word, all else is logged. */
  process(key: string): Promise<ReconcileResult | undefined>;
}

/** Works on a queue's keys until it is closed; resolves when the work in progress is done. */
export async function runWorkers(work: Work): Promise<void> {
  await Promise.all(Array.from({ length: work.concurrency }, () => runWorker(work)));
}

async function runWorker({ queue, context, process }: Work): Promise<void> {
  const { clock, counters } = context;
  for (;;) {
    const key = await queue.take();
    counters.queueDepth = queue.depth;
    if (key === undefined) return;
    const startedMs = clock.now();
    counters.active += 1;
    counters.reconciles += 1;
    try {
      const result = await process(key);
      queue.forget(key);
      if (result?.requeueAfterMs !== undefined) queue.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      counters.errors += 1;
      const retryMs = queue.retry(key);
      if (!isReason(error, 'Conflict'))
        context.log('reconcile failed', { key, error: textOf(error), retryMs });
    } finally {
      counters.active -= 1;
      counters.busyMs += clock.now() - startedMs;
      queue.done(key);
    }
  }
}

/** Stack where there is one: for logs. */
export function textOf(error: unknown): string {
  return error instanceof Error && error.stack ? error.stack : String(error);
}
