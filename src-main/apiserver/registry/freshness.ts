import type { ServerContext } from '../context.ts';
import { tooLargeResourceVersion } from './errors.ts';

/** As long as kube-apiserver waits for its cache. */
const maxWaitMs = 3000;

/**
 * Resolves when the server has reached a revision that somebody asks for. 504 when it has not within 3 seconds:
 * whoever knows of it has it from another server, or from before the store was set back.
 * Source: Kubernetes API concepts, "Unavailable resource versions".
 */
export async function reachRevision(
  { store, hub, clock }: Pick<ServerContext, 'store' | 'hub' | 'clock'>,
  asked: number,
): Promise<void> {
  if (asked <= store.revision) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      timer.dispose();
      wait.dispose();
      resolve();
    };
    const wait = hub.onRevision(asked, end);
    const timer = clock.setTimer(maxWaitMs, end);
  });
  if (asked > store.revision) throw tooLargeResourceVersion(asked, store.revision);
}
