import type { Clock } from '@shared/lib/clock.ts';
import { expect, test } from 'vitest';
import type { Profile, ReadonlyPod } from './framework/framework.ts';
import { prioritySort } from './plugins/priority-sort.ts';
import { SchedulingQueue } from './queue.ts';

const profile: Profile = {
  schedulerName: 's',
  plugins: [prioritySort, { name: 'Fit', liftedBy: ['PodDeleted'] }],
  weights: {},
};
const never = new AbortController().signal;
const pod = (name: string, priority = 0): ReadonlyPod => ({
  metadata: { name },
  spec: { containers: [], priority },
});

/** A clock that stands still until it is moved. */
function heldClock(): Clock & { move(ms: number): void } {
  let now = 0;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => now,
    setTimer: (delayMs, callback) => {
      const timer = { at: now + delayMs, callback };
      timers.push(timer);
      return {
        dispose: () => {
          timers = timers.filter((other) => other !== timer);
        },
      };
    },
    move: (ms) => {
      now += ms;
      for (const timer of timers.filter(({ at }) => at <= now)) timer.callback();
    },
  };
}

test('higher priority first, then first come first served', async () => {
  const clock = heldClock();
  const queue = new SchedulingQueue({ clock, profile });
  queue.upsert('a', pod('a'), false);
  clock.move(1);
  queue.upsert('b', pod('b'), false);
  queue.upsert('c', pod('c', 10), false);
  const order = [await queue.pop(never), await queue.pop(never), await queue.pop(never)].map(
    ({ key }) => key,
  );
  expect(order).toEqual(['c', 'a', 'b']);
});

test('a rejected pod sleeps until something that may help happens, then sits out its back-off', async () => {
  const clock = heldClock();
  const queue = new SchedulingQueue({ clock, profile });
  queue.upsert('a', pod('a'), false);
  const first = await queue.pop(never);
  queue.requeue('a', first, new Set(['Fit']));
  let popped: string | undefined;
  const next = queue.pop(never).then(({ key, attempts }) => {
    popped = `${key} ${attempts}`;
  });
  queue.notify('NodeAdded');
  clock.move(60_000);
  await Promise.resolve();
  expect(popped).toBeUndefined();
  queue.notify('PodDeleted');
  clock.move(1000);
  await next;
  expect(popped).toBe('a 2');
});

test('a pod that disappears is not handed out, and waiting ends with the signal', async () => {
  const queue = new SchedulingQueue({ clock: heldClock(), profile });
  const abort = new AbortController();
  queue.upsert('a', pod('a'), false);
  queue.delete('a');
  const popped = queue.pop(abort.signal);
  abort.abort(new Error('over'));
  await expect(popped).rejects.toThrow('over');
});
