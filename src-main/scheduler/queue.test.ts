import { expect, test } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
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

test('higher priority first, then first come first served', async () => {
  const clock = createManualClock();
  const queue = new SchedulingQueue({ clock, profile });
  queue.upsert('a', pod('a'), false);
  clock.advance(1);
  queue.upsert('b', pod('b'), false);
  queue.upsert('c', pod('c', 10), false);
  const order = [await queue.pop(never), await queue.pop(never), await queue.pop(never)].map(
    ({ key }) => key,
  );
  expect(order).toEqual(['c', 'a', 'b']);
});

test('a rejected pod sleeps until something that may help happens, then sits out its back-off', async () => {
  const clock = createManualClock();
  const queue = new SchedulingQueue({ clock, profile });
  queue.upsert('a', pod('a'), false);
  const first = await queue.pop(never);
  queue.requeue('a', first, new Set(['Fit']));
  let popped: string | undefined;
  const next = queue.pop(never).then(({ key, attempts }) => {
    popped = `${key} ${attempts}`;
  });
  queue.notify('NodeAdded');
  clock.advance(60_000);
  await Promise.resolve();
  expect(popped).toBeUndefined();
  queue.notify('PodDeleted');
  clock.advance(1000);
  await next;
  expect(popped).toBe('a 2');
});

test('a pod that disappears is not handed out, and waiting ends with the signal', async () => {
  const queue = new SchedulingQueue({ clock: createManualClock(), profile });
  const abort = new AbortController();
  queue.upsert('a', pod('a'), false);
  queue.delete('a');
  const popped = queue.pop(abort.signal);
  abort.abort(new Error('over'));
  await expect(popped).rejects.toThrow('over');
});
