import { setMaxListeners } from 'node:events';
import { parseArgs } from 'node:util';
import { AppError } from '@shared/lib/app-error.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { runControlPlane } from './cluster/control-plane.ts';
import { settleEngine } from './cluster/engine.ts';
import { createLog } from './platform/log.ts';
import { systemError } from './platform/system-error.ts';

/**
 * Entry of a cluster's process: `control-plane.js --cluster-dir DIR`. Logs to standard error, one JSON object
 * per line; a failure ends it with status 1 and a last line `{"error": AppErrorBody}`. SIGTERM and SIGINT stop
 * it cleanly, with status 0.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'cluster-dir': { type: 'string' } } });
  const clusterDir = values['cluster-dir'];
  if (clusterDir === undefined) {
    throw new AppError({
      code: 'InvalidArgument',
      message: 'The option --cluster-dir is missing.',
      remedy: 'Start clusters with "slipway cluster start NAME".',
    });
  }
  setMaxListeners(100); // every informer and controller listens to the one signal that ends them
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  // Standard error is a file: when its disk is full the log has gaps, and the cluster goes on.
  process.stderr.on('error', () => undefined);
  process.on('disconnect', () => stop.abort());
  const log = createLog({ format: 'json' });
  process.on('unhandledRejection', (reason) =>
    log.error('a promise was rejected and nobody looked', { error: reason }),
  );
  await Promise.all([
    runControlPlane({ clusterDir, log }, stop.signal),
    settleEngine(systemClock, stop.signal),
  ]);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${JSON.stringify({ error: bodyOf(error) })}\n`, () => process.exit(1));
  },
);

function bodyOf(error: unknown) {
  const known = error instanceof AppError ? error : systemError(error);
  if (known) return known.toBody();
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new AppError({
    code: 'Internal',
    message: 'The control plane failed.',
    remedy: 'Look at its log.',
    detail,
  }).toBody();
}
