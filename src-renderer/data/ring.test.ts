import { expect, test } from 'vitest';
import { Ring } from './ring.ts';

test('samples come back in order, also after the oldest gave way', () => {
  const ring = new Ring(3, 2);
  expect([...ring.column(0)]).toEqual([]);
  ring.push(1, 10);
  ring.push(2, 20);
  expect([...ring.column(1)]).toEqual([10, 20]);
  ring.push(3, 30);
  ring.push(4, 40);
  ring.push(5, 50);
  expect([[...ring.column(0)], [...ring.column(1)], ring.length]).toEqual([[3, 4, 5], [30, 40, 50], 3]);
});
