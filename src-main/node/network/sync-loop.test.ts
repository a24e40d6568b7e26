import { systemClock } from '@shared/lib/clock.ts';
import { describe, expect, it } from 'vitest';
import { SyncLoop } from './sync-loop.ts';

/** A clock whose timers fire at once, and which notes how long they were meant to take. */
function instantClock() {
  const delays: number[] = [];
  const clock = {
    now: () => 0,
    setTimer(delayMs: number, callback: () => void) {
      delays.push(delayMs);
      return systemClock.setTimer(0, callback);
    },
  };
  return { clock, delays };
}

describe('SyncLoop', () => {
  it('syncs at the start, and once for many requests', async () => {
    const stop = new AbortController();
    let syncs = 0;
    const loop = new SyncLoop({
      name: 'test',
      clock: instantClock().clock,
      log: () => undefined,
      sync: async () => {
        syncs++;
        if (syncs === 1) for (let i = 0; i < 10; i++) loop.request();
        if (syncs === 2) setImmediate(() => stop.abort());
      },
    });
    await loop.run(stop.signal);
    expect(syncs).toBe(2);
  });

  it('never syncs twice at a time, and takes up a request that comes meanwhile', async () => {
    const stop = new AbortController();
    let running = 0;
    let most = 0;
    let syncs = 0;
    const loop = new SyncLoop({
      name: 'test',
      clock: instantClock().clock,
      log: () => undefined,
      sync: async () => {
        most = Math.max(most, ++running);
        loop.request();
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        if (++syncs === 5) stop.abort();
      },
    });
    await loop.run(stop.signal);
    expect({ most, syncs }).toEqual({ most: 1, syncs: 5 });
  });

  it('tries again after a failure, waiting longer each time, and says why', async () => {
    const stop = new AbortController();
    const messages: unknown[] = [];
    const { clock, delays } = instantClock();
    let attempts = 0;
    const loop = new SyncLoop({
      name: 'test',
      clock,
      log: (message, fields) => messages.push([message, fields?.error]),
      sync: async () => {
        if (++attempts === 4) return stop.abort();
        throw new Error('nft is busy');
      },
    });
    await loop.run(stop.signal);
    expect(messages).toEqual(Array(3).fill(['sync of test failed', 'Error: nft is busy']));
    expect(delays.filter((delay) => delay >= 500)).toEqual([500, 1000, 2000]);
  });
});
