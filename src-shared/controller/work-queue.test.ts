import { expect, test } from 'vitest';
import type { Clock } from '../lib/clock.ts';
import { WorkQueue } from './work-queue.ts';

/** Time that passes only by `advance`. */
function manualClock(): Clock & { advance(ms: number): void } {
  let nowMs = 0;
  const timers = new Set<{ dueMs: number; callback: () => void }>();
  return {
    now: () => nowMs,
    setTimer(delayMs, callback) {
      const timer = { dueMs: nowMs + delayMs, callback };
      timers.add(timer);
      return { dispose: () => void timers.delete(timer) };
    },
    advance(ms) {
      nowMs += ms;
      for (const timer of [...timers].filter(({ dueMs }) => dueMs <= nowMs)) {
        timers.delete(timer);
        timer.callback();
      }
    },
  };
}

test('a key added several times is handed out once, in order of first addition', async () => {
  const queue = new WorkQueue({ clock: manualClock() });
  for (const key of ['a', 'b', 'a']) queue.add(key);
  expect([await queue.take(), await queue.take(), queue.depth]).toEqual(['a', 'b', 0]);
});

test('a key added while it is worked on waits until it is done', async () => {
  const queue = new WorkQueue({ clock: manualClock() });
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
  const queue = new WorkQueue({ clock: manualClock() });
  const taken = queue.take();
  queue.add('a');
  expect(await taken).toBe('a');
});

test('retries wait 5 ms, twice as long each time, at most 30 s, and start over after success', () => {
  const queue = new WorkQueue({ clock: manualClock() });
  const delays = Array.from({ length: 14 }, () => queue.retry('a'));
  expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480, 30000]);
  queue.forget('a');
  expect(queue.retry('a')).toBe(5);
});

test('of several delays for one key the shortest counts', () => {
  const clock = manualClock();
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
  const clock = manualClock();
  const queue = new WorkQueue({ clock });
  const taken = queue.take();
  queue.addAfter('a', 10);
  queue.close();
  clock.advance(10);
  queue.add('b');
  expect([await taken, await queue.take(), queue.depth]).toEqual([undefined, undefined, 0]);
});
