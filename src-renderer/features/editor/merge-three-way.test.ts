import { expect, test } from 'vitest';
import { mergeThreeWay } from './merge-three-way.ts';

const base = { spec: { replicas: 1, image: 'a', list: [1] }, labels: { x: '1' } };

test('changes in different places come together', () => {
  const mine = { spec: { replicas: 3, image: 'a', list: [1] }, labels: { x: '1' } };
  const theirs = { spec: { replicas: 1, image: 'b', list: [1] }, labels: { x: '1', y: '2' } };
  expect(mergeThreeWay(base, mine, theirs)).toEqual({
    merged: { spec: { replicas: 3, image: 'b', list: [1] }, labels: { x: '1', y: '2' } },
    conflicts: [],
  });
});

test('the same field changed to different values is a conflict, with mine kept', () => {
  const mine = { ...base, spec: { ...base.spec, image: 'mine' } };
  const theirs = { ...base, spec: { ...base.spec, image: 'theirs' } };
  const result = mergeThreeWay(base, mine, theirs);
  expect(result.conflicts).toEqual(['spec.image']);
  expect(result.merged).toEqual(mine);
});

test('the same change on both sides is none', () => {
  const both = { ...base, labels: { x: '9' } };
  expect(mergeThreeWay(base, both, { ...both })).toEqual({ merged: both, conflicts: [] });
});

test('what I removed stays removed, what they removed too', () => {
  const mine = { spec: { replicas: 1, list: [1] }, labels: { x: '1' } };
  const theirs = { spec: { replicas: 1, image: 'a', list: [1] }, labels: {} };
  expect(mergeThreeWay(base, mine, theirs)).toEqual({
    merged: { spec: { replicas: 1, list: [1] }, labels: {} },
    conflicts: [],
  });
});
