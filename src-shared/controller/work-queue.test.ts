import { expect, test } from 'vitest';
import { createManualClock } from '../../src-main/testing/manual-clock.ts';
import { WorkQueue } from './work-queue.ts';

test('a key added several times is handed out once, in order of first addition', async () => {
  const queue = new WorkQueue({ clock: createManualClock(0) });
  for (const key of ['a', 'b', 'a']) queue.add(key);
  expect([await queue.take(), await queue.take(), queue.depth]).toEqual(['a', 'b', 0]);
});

test('a key added while it is worked on waits until it is done', async () => {
  const queue = new WorkQueue({ clock: createManualClock(0) });
  queue.add('a');
  await queue.take();
  queue.add('a');
  queue.add('b');
  expect(await queue.take()).toBe('b');
  expect(queue.depth).toBe(0);
  queue.done('a');
  expect(await queue.take()).toBe('a');
});

test('a taker that waits gets the next key', async () => {
  const queue = new WorkQueue({ clock: createManualClock(0) });
  const taken = queue.take();
  queue.add('a');
  expect(await taken).toBe('a');
});

test('retries wait 5 ms, twice as long each time, at most 30 s, and start over after success', () => {
  const queue = new WorkQueue({ clock: createManualClock(0) });
  const delays = Array.from({ length: 14 }, () => queue.retry('a'));
  expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480, 30000]);
  queue.forget('a');
  expect(queue.retry('a')).toBe(5);
});

test('of several delays for one key the shortest counts', () => {
  const clock = createManualClock(0);
  const queue = new WorkQueue({ clock });
  queue.addAfter('a', 100);
  queue.addAfter('a', 50);
  queue.addAfter('a', 200);
  clock.advance(49);
  expect(queue.depth).toBe(0);
  clock.advance(1);
  expect(queue.depth).toBe(1);
});

test('closing lets takers go, drops what waits and cancels timers', async () => {
  const clock = createManualClock(0);
  const queue = new WorkQueue({ clock });
  const taken = queue.take();
  queue.addAfter('a', 10);
  queue.close();
  clock.advance(10);
  queue.add('b');
  expect([await taken, await queue.take(), queue.depth]).toEqual([undefined, undefined, 0]);
});
