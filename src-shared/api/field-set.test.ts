import { describe, expect, it } from 'vitest';
import {
  difference,
  type FieldSet,
  FieldSetBuilder,
  formatPath,
  intersection,
  parseFieldSet,
  pathsOf,
  union,
  without,
} from './field-set.ts';

function setOf(...paths: string[][]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.add(path);
  return builder.set;
}

function pathsIn(set: FieldSet): string[] {
  return [...pathsOf(set)].map((path) => path.join('/')).sort();
}

const a = ['f:a'];
const ab = ['f:a', 'f:b'];
const ac = ['f:a', 'f:c'];
const abd = ['f:a', 'f:b', 'f:d'];

describe('field sets', () => {
  it('hold exactly the paths put in, in any order', () => {
    const orders = [
      [a, ab, abd],
      [abd, ab, a],
      [ab, a, abd],
      [abd, a, ab],
    ];
    for (const order of orders)
      expect(setOf(...order)).toEqual({ 'f:a': { '.': {}, 'f:b': { '.': {}, 'f:d': {} } } });
    expect(setOf(abd)).toEqual({ 'f:a': { 'f:b': { 'f:d': {} } } });
    expect(setOf(abd, abd)).toEqual(setOf(abd));
  });

  it('unite, subtract and intersect like sets of paths', () => {
    const all = [a, ab, ac, abd];
    const subsets = Array.from({ length: 16 }, (_, bits) => all.filter((_path, i) => bits & (1 << i)));
    for (const left of subsets) {
      for (const right of subsets) {
        const inRight = (path: string[]) => right.includes(path);
        const names = (paths: string[][]) => paths.map((path) => path.join('/')).sort();
        expect(pathsIn(union(setOf(...left), setOf(...right)))).toEqual(
          names(all.filter((path) => left.includes(path) || inRight(path))),
        );
        expect(pathsIn(difference(setOf(...left), setOf(...right)))).toEqual(
          names(left.filter((path) => !inRight(path))),
        );
        expect(pathsIn(intersection(setOf(...left), setOf(...right)))).toEqual(names(left.filter(inRight)));
      }
    }
  });

  it('lose a path with everything below it', () => {
    expect(without(setOf(a, ab, abd, ac), setOf(ab))).toEqual(setOf(a, ac));
    expect(without(setOf(abd), setOf(a))).toEqual({});
    expect(without(setOf(abd, ac), setOf(ac))).toEqual(setOf(abd));
  });

  it('name paths as conflicts do', () => {
    expect(formatPath(['f:spec', 'f:ports', 'k:{"port":53,"protocol":"UDP"}', 'f:name'])).toBe(
      '.spec.ports[port=53,protocol="UDP"].name',
    );
    expect(formatPath(['f:metadata', 'f:finalizers', 'v:"a/b"'])).toBe('.metadata.finalizers[="a/b"]');
    expect(formatPath(['f:list', 'i:3'])).toBe('.list[3]');
  });

  it('are read only when they are sound', () => {
    const sound = { 'f:a': { '.': {}, 'k:{"name":"x"}': {}, 'v:1': {}, 'i:0': {} } };
    expect(parseFieldSet(sound)).toEqual(sound);
    for (const broken of [null, [], 1, { a: {} }, { 'f:a': 1 }, { 'k:x': {} }, { 'k:1': {} }, { 'i:x': {} }])
      expect(parseFieldSet(broken)).toBeUndefined();
  });
});
