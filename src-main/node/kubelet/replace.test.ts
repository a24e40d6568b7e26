import { createInformer } from '@shared/client/reflector.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { expect, test } from 'vitest';
import { cluster, createPod, fake, kubeletFixture, startKubelet, until } from './kubelet.test-fixture.ts';

kubeletFixture();

/** What each version of the pod says of its one container, as `image ready restarts`, without repetitions. */
async function observing(name: string, act: () => Promise<void>): Promise<readonly string[]> {
  const seen: string[] = [];
  const abort = new AbortController();
  const informer = createInformer<Pod>({ client: cluster.client, kind: podKind, clock: systemClock });
  const running = informer.run(abort.signal);
  const listening = informer.onChange(({ object }) => {
    if (object.metadata?.name !== name) return;
    const { restartCount, state } = object.status?.containerStatuses?.[0] ?? {};
    const ready = object.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
    const line = `${Object.keys(state ?? {}).join()} ready=${ready} restarts=${restartCount}`;
    if (seen.at(-1) !== line) seen.push(line);
  });
  await informer.whenSynced(abort.signal);
  await act();
  listening.dispose();
  abort.abort();
  await running;
  return seen;
}

const setImage = (name: string, image: string) =>
  cluster.client.patch<Pod>(
    podKind,
    { namespace: 'default', name },
    { type: 'strategic', body: { spec: { containers: [{ name: 'main', image }] } } },
  );

test('a pod whose image is changed is told ready until the new container runs, and is then', async () => {
  startKubelet(fake({ images: ['busybox:1', 'busybox:2'] }));
  await createPod('web', [{ name: 'main' }]);
  await until(
    'web',
    ({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True',
  );
  const seen = await observing('web', async () => {
    await setImage('web', 'busybox:2');
    await until('web', ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1);
  });
  expect(seen).toEqual(['running ready=True restarts=0', 'running ready=True restarts=1']);
});

test('a new image that cannot be had is told as soon as that is known', async () => {
  startKubelet(fake());
  await createPod('web', [{ name: 'main' }]);
  await until('web', ({ status }) => status?.phase === 'Running');
  await setImage('web', 'nowhere:1');
  const pod = await until(
    'web',
    ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ImagePullBackOff',
  );
  expect(pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False');
});

test.each(['OnFailure', 'Never'])(
  'a pod with restart policy %s gets its new image too',
  async (restartPolicy) => {
    startKubelet(fake({ images: ['busybox:1', 'busybox:2'], behaviours: { main: { onTerm: 0 } } }));
    await createPod('web', [{ name: 'main' }], { restartPolicy });
    await until('web', ({ status }) => status?.phase === 'Running');
    await setImage('web', 'busybox:2');
    const pod = await until('web', ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1);
    expect(pod.status?.phase).toBe('Running');
  },
);
