import { describe, expect, it } from 'vitest';
import { seeded } from '../testing/seeded.ts';
import { prefixEnd, SortedKeys } from './sorted-keys.ts';

describe('SortedKeys', () => {
  it('agrees with a sorted set through thousands of random additions and removals', () => {
    const random = seeded();
    const keys = new SortedKeys();
    const model = new Set<string>();
    for (let step = 0; step < 20_000; step++) {
      const key = `/k/${random.int(4000)}`;
      const grow = step < 12_000 ? random.int(4) > 0 : random.int(4) === 0;
      if (grow) {
        expect(keys.add(key), `seed ${random.seed}`).toBe(!model.has(key));
        model.add(key);
      } else {
        expect(keys.delete(key), `seed ${random.seed}`).toBe(model.delete(key));
      }
      if (step % 1000 !== 0) continue;
      const sorted = [...model].sort();
      const probe = `/k/${random.int(4000)}`;
      expect([...keys.from('')], `seed ${random.seed}`).toEqual(sorted);
      expect([...keys.from(probe)]).toEqual(sorted.filter((other) => other >= probe));
      const end = `/k/${random.int(4000)}`;
      expect(keys.between(probe, undefined)).toEqual(sorted.filter((other) => other >= probe));
      expect(keys.between(probe, end)).toEqual(sorted.filter((other) => other >= probe && other < end));
      expect(keys.rank(probe)).toBe(sorted.filter((other) => other < probe).length);
      expect(keys.size).toBe(sorted.length);
    }
  });

  it('is built from sorted keys as if they had been added', () => {
    const sorted = Array.from({ length: 3000 }, (_, i) => `/k/${i}`).sort();
    const keys = SortedKeys.fromSorted(sorted);
    expect(keys.size).toBe(3000);
    expect(keys.add('/k/10x')).toBe(true);
    expect([...keys.from('/k/99')]).toEqual([...sorted, '/k/10x'].sort().filter((key) => key >= '/k/99'));
  });

  it('orders by UTF-16 code unit', () => {
    const keys = new SortedKeys();
    for (const key of ['\uffff', '😀', 'é', 'z', 'Z', '']) keys.add(key);
    expect([...keys.from('')]).toEqual(['', 'Z', 'z', 'é', '😀', '\uffff']);
  });
});

describe('prefixEnd', () => {
  it('is the smallest string above all that start with the prefix', () => {
    expect(prefixEnd('/a/')).toBe('/a0');
    expect(prefixEnd('a\uffff')).toBe('b');
    expect(prefixEnd('\uffff')).toBeUndefined();
    expect(prefixEnd('')).toBeUndefined();
  });
});
