import { isReason } from '@shared/api/status.ts';
import { type Client, refOf } from '@shared/client/client.ts';
import { createInformer } from '@shared/client/reflector.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

export interface FakeKubelet {
  stop(): Promise<void>;
}

export interface FakeKubeletOptions {
  /** Whether a pod becomes ready; default: all do. */
  readonly becomesReady?: (pod: DeepReadonly<Pod>) => boolean;
}

/** Says of every pod, scheduled or not, that it runs and is ready, and ends those being deleted. */
export function startFakeKubelet(client: Client, options: FakeKubeletOptions = {}): FakeKubelet {
  const { becomesReady = () => true } = options;
  const stop = new AbortController();
  const informer = createInformer<Pod>({ client, kind: podKind, clock: systemClock });
  const pending = new Set<Promise<void>>();
  let addresses = 0;

  async function look(pod: DeepReadonly<Pod>): Promise<void> {
    const { deletionTimestamp, uid = '' } = pod.metadata ?? {};
    if (deletionTimestamp !== undefined) {
      await client.delete(podKind, refOf(pod), { gracePeriodSeconds: 0, preconditions: { uid } });
    } else if ((pod.status?.phase ?? 'Pending') === 'Pending') {
      addresses += 1;
      const now = rfc3339(Date.now());
      const podIP = `10.244.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`;
      const ready = { type: 'Ready', status: becomesReady(pod) ? 'True' : 'False', lastTransitionTime: now };
      const status = { ...pod.status, phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions: [ready] };
      await client.updateStatus(podKind, { ...pod, status });
    }
  }

  informer.onChange((event) => {
    if (event.type === 'deleted' || stop.signal.aborted) return;
    const work = look(event.object)
      .catch((error: unknown) => {
        // Changed or gone meanwhile: the next event has the later state.
        if (!isReason(error, 'Conflict') && !isReason(error, 'NotFound')) throw error;
      })
      .finally(() => pending.delete(work));
    pending.add(work);
  });
  const running = informer.run(stop.signal);
  return {
    async stop() {
      stop.abort();
      await running;
      await Promise.all(pending);
    },
  };
}
