import { expect, it } from 'vitest';
import { Remembered } from './remembered.ts';

function start(max?: number) {
  let nowMs = 0;
  let asked = 0;
  const clock = { now: () => nowMs, setTimer: () => ({ dispose: () => undefined }) };
  const remembered = new Remembered<number>(clock, max);
  return {
    /** The number of the question that the answer was given to. */
    get: (key: string, forMs = 10) =>
      remembered.get(key, async () => {
        asked += 1;
        return { value: asked, forMs };
      }),
    fail: (key: string) => remembered.get(key, () => Promise.reject(new Error('nobody there'))),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

it('gives an answer for as long as it holds', async () => {
  const { get, pass } = start();
  expect([await get('a'), await get('a'), await get('b')]).toEqual([1, 1, 2]);
  pass(10);
  expect([await get('a'), await get('a')]).toEqual([3, 3]);
  expect([await get('c', 0), await get('c', 0)]).toEqual([4, 5]);
});

it('asks once for all who want to know at the same time', async () => {
  const { get } = start();
  expect(await Promise.all([get('a', 0), get('a', 0), get('b', 0)])).toEqual([1, 1, 2]);
});

it('asks again after a failure', async () => {
  const { get, fail } = start();
  await expect(Promise.all([fail('a'), fail('a')])).rejects.toThrow('nobody there');
  expect(await get('a')).toBe(1);
});

it('forgets the oldest answers when there are many', async () => {
  const { get } = start(2);
  for (const key of ['a', 'b', 'c']) await get(key);
  expect([await get('b'), await get('c'), await get('a')]).toEqual([2, 3, 4]);
});
