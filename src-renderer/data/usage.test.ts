import { systemClock } from '@shared/lib/clock.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createUsageStore } from './usage.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A kubelet whose node uses half a core and whose pods use a quarter each, in two containers. */
function kubelet(pods: string[]) {
  const start = Date.now();
  const counters = (cores: number, memory: number) => ({
    cpu: { usageCoreNanoSeconds: (Date.now() - start) * 1e6 * cores },
    memory: { workingSetBytes: memory },
  });
  return vi.fn(async () => ({
    node: { nodeName: 'a', ...counters(0.5, 1000) },
    pods: pods.map((uid) => ({
      podRef: { uid },
      containers: [counters(0.2, 30), counters(0.05, 12)],
    })),
  }));
}

test('use is polled while somebody looks, once for all, and rates come from the counters', async () => {
  const read = kubelet(['u1']);
  const store = createUsageStore({ read, clock: systemClock, hidden: () => false });
  const leave = [store.look('a'), store.look('a')];
  await vi.advanceTimersByTimeAsync(1500);
  expect(read).toHaveBeenCalledTimes(2);
  expect(store.get().nodes.get('a')).toMatchObject({ cpuCores: 0.5, memoryBytes: 1000 });
  expect(store.get().pods.get('u1')?.cpuCores).toBeCloseTo(0.25);
  expect(store.get().pods.get('u1')?.memoryBytes).toBe(42);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(read).toHaveBeenCalledTimes(4);
  expect(store.get().nodes.get('a')?.history.length).toBe(4);
  for (const stop of leave) stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(read).toHaveBeenCalledTimes(4);
});

test('a pod that left is forgotten', async () => {
  const pods = ['u1', 'u2'];
  const store = createUsageStore({ read: kubelet(pods), clock: systemClock, hidden: () => false });
  const leave = store.look('a');
  await vi.advanceTimersByTimeAsync(0);
  pods.pop();
  await vi.advanceTimersByTimeAsync(1500);
  expect([...store.get().pods.keys()]).toEqual(['u1']);
  leave();
});

test('a node that cannot tell is asked seldom, a hidden window asks nobody', async () => {
  let hidden = false;
  const read = vi.fn(() => Promise.reject(new TypeError('network')));
  const store = createUsageStore({ read, clock: systemClock, hidden: () => hidden });
  const leave = store.look('a');
  await vi.advanceTimersByTimeAsync(29_000);
  expect([read.mock.calls.length, store.get().nodes.size]).toEqual([1, 0]);
  hidden = true;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(read).toHaveBeenCalledTimes(1);
  leave();
});
