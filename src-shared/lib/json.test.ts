import { describe, expect, it } from 'vitest';
import { deepFreeze } from './freeze.ts';
import { fnv1a32, podTemplateHash } from './hash.ts';
import { copyJson, isNestedDeeperThan, jsonEqual, setOwn, stableStringify } from './json.ts';
import { newUid, randomSuffix } from './random.ts';
import type { Json } from './types.ts';
import { utf8Length } from './utf8.ts';

function nested(depth: number): Json {
  let value: Json = {};
  for (let i = 0; i < depth; i++) value = i % 2 ? { a: value } : [value];
  return value;
}

describe('JSON values', () => {
  it('are equal whatever the order of keys, and undefined members are absent', () => {
    expect(jsonEqual({ a: 1, b: [null, { c: 2 }] }, { b: [null, { c: 2 }], a: 1, d: undefined })).toBe(true);
    expect(jsonEqual({ a: 1 }, { a: 1, b: null })).toBe(false);
    expect(jsonEqual({ a: undefined }, { b: undefined })).toBe(true);
    expect(jsonEqual([1, 2], [2, 1])).toBe(false);
    expect(jsonEqual([], {})).toBe(false);
    expect(jsonEqual({}, JSON.parse('{"constructor":1}'))).toBe(false);
    expect(jsonEqual(JSON.parse('{"toString":1}'), {})).toBe(false);
  });

  it('have one stable text', () => {
    expect(stableStringify({ b: [1, null], a: { d: 'x', c: undefined } })).toBe(
      '{"a":{"d":"x"},"b":[1,null]}',
    );
  });

  it('are copied without touching prototypes', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true},"list":[{"__proto__":1}]}');
    const copy = copyJson(hostile);
    expect(JSON.stringify(copy)).toBe(JSON.stringify(hostile));
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('take __proto__ as an ordinary key', () => {
    const object: Record<string, unknown> = {};
    setOwn(object, '__proto__', { polluted: true });
    expect(Object.hasOwn(object, '__proto__')).toBe(true);
    expect(object.polluted).toBeUndefined();
  });

  it('tell their depth without recursion', () => {
    expect(isNestedDeeperThan(nested(100_000), 1000)).toBe(true);
    expect(isNestedDeeperThan(nested(50), 51)).toBe(false);
    expect(isNestedDeeperThan('text', 0)).toBe(false);
  });

  it('freeze all the way down', () => {
    const value = deepFreeze({ a: [{ b: 1 }] });
    expect(() => Object.assign(value.a[0] ?? {}, { b: 2 })).toThrow(TypeError);
    expect(() => deepFreeze<unknown>(nested(100_000))).not.toThrow();
  });
});

describe('hashes and random names', () => {
  it('computes FNV-1a', () => {
    expect(fnv1a32('')).toBe(0x811c9dc5);
    expect(fnv1a32('a')).toBe(0xe40c292c);
    expect(fnv1a32('foobar')).toBe(0xbf9cf968);
  });

  it('hashes equal templates equally and others otherwise', () => {
    expect(podTemplateHash({ a: 1, b: 2 })).toBe(podTemplateHash({ b: 2, a: 1 }));
    expect(podTemplateHash({ a: 1 })).not.toBe(podTemplateHash({ a: 2 }));
    expect(podTemplateHash({ a: 1 }, 1)).not.toBe(podTemplateHash({ a: 1 }));
    expect(podTemplateHash({ a: 1 })).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  });

  it('draws suffixes from the safe alphabet and UUIDs', () => {
    expect(randomSuffix()).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(new Set(Array.from({ length: 200 }, () => randomSuffix(10))).size).toBe(200);
    expect(newUid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('utf8Length', () => {
  it.each(['', 'abc', 'ä', '€', '😀', 'a😀b€'])('counts the bytes of %j', (text) => {
    expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
  });
});
