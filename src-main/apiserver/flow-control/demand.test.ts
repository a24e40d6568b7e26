import { expect, it } from 'vitest';
import { Demand } from './demand.ts';

it('tells of the last whole period what was wanted on average, at most, and how much that varied', () => {
  const demand = new Demand();
  demand.nominal = 10;
  demand.set(0, 1000);
  demand.set(8, 6000);
  demand.set(2, 8500);
  expect(demand.facts(10_999)).toEqual({ average: 0, highest: 0, deviation: 0 });
  // 5 s of 0, 2.5 s of 8, 2.5 s of 2.
  expect(demand.facts(11_000)).toEqual({ average: 2.5, highest: 8, deviation: Math.sqrt(17 - 6.25) });
  expect(demand.facts(25_000)).toEqual({ average: 2, highest: 2, deviation: 0 });
});

it('weighs demand by nanoseconds, in multiples of what a level has', () => {
  const demand = new Demand();
  demand.nominal = 2;
  demand.set(1, 0);
  demand.set(4, 1);
  demand.set(0, 3);
  const below = new Map(demand.histogram.cumulative());
  expect([below.get(0.4), below.get(0.6), below.get(1.7), below.get(2)]).toEqual([0, 1e6, 1e6, 3e6]);
  expect([demand.histogram.count, demand.histogram.sum]).toEqual([3e6, 0.5e6 + 4e6]);
});
