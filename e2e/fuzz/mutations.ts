import type { Seeded } from '../../src-main/testing/seeded.ts';

/** JSON, with room for what is not. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const deep = (levels: number): Json => {
  let value: Json = 'end';
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

/** Values that fit nowhere; the long ones are made when they are picked. */
const values: readonly [() => Json, ...(() => Json)[]] = [
  () => null,
  () => true,
  () => '',
  () => ' ',
  () => -1,
  () => 0.5,
  () => 1e308,
  () => 2 ** 53 + 2,
  () => -(2 ** 63),
  () => 2 ** 31,
  () => '9'.repeat(400),
  () => `${'9'.repeat(300)}Gi`,
  () => '1e99999',
  () => '-0',
  () => 'NaN',
  () => [],
  () => ({}),
  () => [null],
  () => [[]],
  () => ({ '': '' }),
  () => ({ constructor: { prototype: { polluted: 'yes' } } }),
  () => JSON.parse('{"__proto__":{"polluted":"yes"}}') as Json,
  () => '__proto__',
  () => 'constructor',
  () => '../../etc/passwd',
  () => 'a/b',
  () => '%2e%2e',
  () => '\u0000',
  () => '\ud800',
  () => '💥'.repeat(100),
  () => 'a'.repeat(70_000),
  () => `${'a.'.repeat(5000)}!`,
  () => '(a+)+$',
  () => '2026-13-45T99:99:99Z',
  () => '0.0.0.0/999',
  () => '::ffff:1.2.3.4',
  () => deep(200),
  () => deep(1200),
  () => Array.from({ length: 300 }, () => ({ name: 'x' })),
  () => Array.from({ length: 300 }, (_, index) => ({ name: `x${index}`, image: 'a' })),
  () => ({ $patch: 'delete' }),
  () => ({ $patch: 'nonsense', $retainKeys: 5 }),
];

const keys: readonly [string, ...string[]] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '',
  '$patch',
  '$setElementOrder/containers',
  '$deleteFromPrimitiveList/finalizers',
  '$retainKeys',
  'managedFields',
  'finalizers',
  'ownerReferences',
  'deletionTimestamp',
  'generation',
  'namespace',
  'kind',
  'apiVersion',
  'status',
  'a'.repeat(5000),
];

export const oddValue = (random: Seeded): Json => random.pick(values)();

/** A copy with one to three places changed: another value, a key more, one less, one twice, a list made long. */
export function mutate(random: Seeded, original: Json): Json {
  let value = structuredClone(original);
  for (let count = 1 + random.int(3); count > 0; count--) value = mutateOnce(random, value);
  return value;
}

function mutateOnce(random: Seeded, value: Json): Json {
  const isLeaf = value === null || typeof value !== 'object';
  if (isLeaf || random.int(12) === 0) return oddValue(random);
  if (Array.isArray(value)) {
    const choice = random.int(6);
    if (choice === 0) return [...value, oddValue(random)];
    if (choice === 1 && value.length > 0) return [...value, value[0] ?? null];
    const index = random.int(value.length);
    return value.map((item, at) => (at === index ? mutateOnce(random, item) : item));
  }
  const names = Object.keys(value);
  const choice = random.int(8);
  const name = names[random.int(names.length)];
  if (choice === 0 || name === undefined) return withKey(value, random.pick(keys), oddValue(random));
  if (choice === 1) return withKey(value, name, oddValue(random));
  if (choice === 2) return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
  return withKey(value, name, mutateOnce(random, value[name] ?? null));
}

/** `__proto__` as a key of its own, too. */
function withKey(object: { [key: string]: Json }, key: string, value: Json): Json {
  return Object.fromEntries([...Object.entries(object), [key, value]]);
}

/** Bytes with a few flipped, cut off or doubled. */
export function mutateBytes(random: Seeded, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const choice = random.int(4);
  if (choice === 0) return copy.subarray(0, random.int(copy.length + 1));
  if (choice === 1) return Buffer.concat([copy, copy.subarray(random.int(copy.length + 1))]);
  for (let count = 1 + random.int(5); count > 0 && copy.length > 0; count--)
    copy[random.int(copy.length)] = random.int(256);
  return copy;
}
