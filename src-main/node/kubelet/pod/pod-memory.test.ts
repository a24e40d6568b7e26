import { expect, test } from 'vitest';
import { WorkerMemory } from './pod-memory.ts';
import type { PodResize } from './pod-resize.ts';

test('a restart holds the next one back, but not that of a container whose image was changed meanwhile', () => {
  const memory = new WorkerMemory(() => undefined, {} as PodResize);
  const container = { name: 'main', image: 'busybox:1' };
  memory.restarted(container, 1000);
  expect(memory.backoff(container, 2000, 2000)).toEqual({ untilMs: 12_000, delayMs: 10_000 });
  expect(memory.backoff({ ...container, image: 'busybox:2' }, 2000, 2000)).toBeUndefined();
});
