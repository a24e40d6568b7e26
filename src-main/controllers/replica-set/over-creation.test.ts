import { createInformer } from '@shared/client/reflector.ts';
import type { Transport } from '@shared/client/transport.ts';
import { replicaSetKind } from '@shared/kinds/apps/replica-set/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { ReplicaSet } from '@shared/kinds/wire.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { expect, test } from 'vitest';
import { startFakeKubelet } from '../../testing/fake-kubelet.ts';
import { eventually, startWorld } from '../../testing/world.ts';

const replicaSet: ReplicaSet = {
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 30,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
};

/** Same sequence in every run. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Watches lag behind by up to 100 ms, and some writes succeed without anyone hearing of it. */
function troubled(transport: Transport, random: () => number): Transport {
  return {
    async request(request) {
      const answer = await transport.request(request);
      const isLost = request.method === 'POST' && request.path.endsWith('/pods') && random() < 0.2;
      if (isLost) throw new Error('connection reset');
      return answer;
    },
    async watch(request, onEvents) {
      let delivered = Promise.resolve();
      await transport.watch(request, (events) => {
        delivered = delivered.then(async () => {
          await new Promise((resolve) => setTimeout(resolve, random() * 100));
          onEvents(events);
        });
      });
      await delivered;
    },
    stream: (request) => transport.stream(request),
  };
}

test.each([1, 2, 3])(
  'never has a pod too many, however late and lossy the connection is (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    const world = await startWorld({ through: (transport) => troubled(transport, random) });
    const kubelet = startFakeKubelet(world.client);
    const stop = new AbortController();
    const created = new Set<string>();
    const pods = createInformer({ client: world.client, kind: podKind, clock: systemClock });
    pods.onChange(({ object }) => created.add(object.metadata?.uid ?? ''));
    const counting = pods.run(stop.signal);
    await world.client.create(replicaSetKind, replicaSet);
    await eventually(world.client, replicaSetKind, { until: ([set]) => set?.status?.readyReplicas === 30 });
    await eventually(world.client, podKind, { until: (all) => all.length === 30 });
    stop.abort();
    await counting;
    expect(created.size).toBe(30);
    await kubelet.stop();
    await world.close();
  },
);
