import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@shared/lib/clock.ts';
import { expect, test } from 'vitest';
import {
  createPod,
  dir,
  events,
  fake,
  kubeletFixture,
  startKubelet,
  until,
} from '../kubelet.test-fixture.ts';
import { evictOverLimits } from './storage.ts';

kubeletFixture();

test('a pod that fills its volume beyond the limit fails at once, and one that does not stays', async () => {
  const runtime = fake();
  const { kubelet, node } = startKubelet(runtime);
  const volumes = [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }];
  const fill = async (name: string, bytes: number) => {
    await createPod(name, [{ name: 'main' }], { volumes });
    const { metadata } = await until(name, ({ status }) => status?.phase === 'Running');
    const volume = join(dir, 'pods', metadata?.uid ?? '', 'volumes/kubernetes.io~empty-dir/v');
    await writeFile(join(volume, 'file'), Buffer.alloc(bytes, 'x'));
  };
  await fill('modest', 900_000);
  await fill('greedy', 1_200_000);
  await evictOverLimits({ kubelet, runtime, node, clock: systemClock, log: () => undefined });
  const { status } = await until('greedy', (pod) => pod.status?.phase === 'Failed');
  const message = 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ';
  expect([status?.reason, status?.message]).toEqual(['Evicted', message]);
  expect(status?.conditions?.find(({ type }) => type === 'DisruptionTarget')).toMatchObject({
    status: 'True',
    reason: 'TerminationByKubelet',
    message,
  });
  expect(events).toContain(`Evicted: ${message}`);
  await until('modest', (pod) => pod.status?.phase === 'Running');
  await expect.poll(async () => (await runtime.listContainerStats()).length).toBe(1);
});
