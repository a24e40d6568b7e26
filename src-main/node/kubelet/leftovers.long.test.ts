import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { expect, test } from 'vitest';
import { FakeRuntime } from '../../testing/fake-runtime.ts';
import { cluster, createPod, fake, kubeletFixture, startKubelet, until } from './kubelet.test-fixture.ts';
import type { PodSandboxConfig } from './runtime.ts';

kubeletFixture();

/** Its sandboxes come to be only when `release` is called. */
class SlowRuntime extends FakeRuntime {
  release: () => void = () => undefined;
  isAsked = false;
  readonly #released = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  override async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    this.isAsked = true;
    await this.#released;
    return super.runPodSandbox(config);
  }
}

const podNames = async () =>
  (await cluster.client.list(podKind, {})).items.map(({ metadata }) => metadata?.name);

test('a pod deleted while its sandbox is being made leaves nothing behind', async () => {
  const runtime = new SlowRuntime({ clock: systemClock, images: ['busybox:1'] });
  startKubelet(runtime);
  await createPod('brief', [{ name: 'main' }]);
  await expect.poll(() => runtime.isAsked).toBe(true);
  await cluster.client.delete(podKind, { namespace: 'default', name: 'brief' }, {});
  await until('brief', ({ metadata }) => metadata?.deletionTimestamp !== undefined);
  runtime.release();
  await expect.poll(podNames, { timeout: 10_000 }).toEqual([]);
  expect(await runtime.listPodSandboxes()).toEqual([]);
  expect(await runtime.listContainers()).toEqual([]);
});

test('what could not be removed at the first try is removed later', async () => {
  const runtime = fake();
  startKubelet(runtime);
  await createPod('main', [{ name: 'main' }]);
  await until('main', ({ status }) => status?.phase === 'Running');
  const config = runtime.sandboxConfigOf('main');
  if (!config) throw new Error('there is no sandbox');
  const labels = { ...config.labels, 'io.kubernetes.pod.uid': 'stranger' };
  let failures = 1;
  const status = runtime.podSandboxStatus.bind(runtime);
  runtime.podSandboxStatus = (id) => (failures-- > 0 ? Promise.reject(new Error('busy')) : status(id));
  await runtime.runPodSandbox({ ...config, labels, metadata: { ...config.metadata, uid: 'stranger' } });
  await expect.poll(() => failures, { timeout: 10_000 }).toBeLessThan(1);
  await expect
    .poll(async () => (await runtime.listPodSandboxes()).map(({ metadata }) => metadata.uid), {
      timeout: 15_000,
    })
    .not.toContain('stranger');
}, 30_000);
