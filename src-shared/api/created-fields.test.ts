import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../lib/types.ts';
import { builtinSchemas } from '../schema/registry.ts';
import { createdFields } from './created-fields.ts';
import { shapeNamed } from './structure.ts';
import { compare } from './structured-merge.ts';

const pod = shapeNamed(builtinSchemas, 'io.k8s.api.core.v1.Pod');
const unknown = shapeNamed(builtinSchemas, 'none');

/** Values from a fixed seed, so that a failure can be seen again. */
function randomJson(seed: number): (depth: number) => Json {
  let state = seed;
  const below = (limit: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % limit;
  };
  const keys = [
    'spec',
    'containers',
    'name',
    'ports',
    'containerPort',
    'protocol',
    'labels',
    'metadata',
    'env',
  ];
  const odd = [
    'finalizers',
    'ownerReferences',
    'uid',
    'a.b/c',
    '__proto__',
    'volumes',
    'emptyDir',
    'tolerations',
    'x',
  ];
  const names = [...keys, ...odd];
  const value = (depth: number): Json => {
    switch (below(depth > 5 ? 3 : 7)) {
      case 0:
        return ['a', 'b', 'TCP'][below(3)] ?? '';
      case 1:
        return below(3);
      case 2:
        return [null, true, {}, []][below(4)] ?? null;
      case 3:
        return Array.from({ length: below(4) }, () => value(depth + 1));
      default: {
        const entries = Array.from({ length: below(6) }, () => [
          names[below(names.length)],
          value(depth + 1),
        ]);
        return Object.fromEntries(entries) as JsonObject;
      }
    }
  };
  return value;
}

describe('the fields of a new object', () => {
  it('are those of a comparison with nothing, in the same order', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const value = randomJson(seed);
      const object = { spec: value(0), metadata: value(0), status: value(0), other: value(0) };
      for (const shape of [pod, unknown]) {
        const compared = compare(shape, {}, object).changed;
        expect(JSON.stringify(createdFields(shape, object)), `seed ${seed}`).toBe(JSON.stringify(compared));
      }
    }
  });

  it('of an empty object are none', () => {
    expect(createdFields(pod, {})).toEqual({});
    expect(createdFields(pod, undefined)).toEqual({});
  });
});
