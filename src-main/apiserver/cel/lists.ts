import type { Environment } from '@marcbachmann/cel-js';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import { register, registerLibrary } from './define.ts';

type List = readonly unknown[];

/** Lists and sets. https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library, cel-go `ext.Sets` */
export function listFunctions(environment: Environment): void {
  register(environment, {
    'list<dyn>.isSorted(): bool': (list: List) =>
      list.every((item, i) => i === 0 || order(list[i - 1], item) <= 0),
    'list<int>.sum(): int': (list: readonly bigint[]) => list.reduce((sum, item) => sum + item, 0n),
    'list<double>.sum(): double': (list: readonly number[]) => list.reduce((sum, item) => sum + item, 0),
    'list<google.protobuf.Duration>.sum(): google.protobuf.Duration': (list: readonly Duration[]) =>
      list.reduce((sum, item) => sum.addDuration(item), new Duration(0)),
    'list<T>.min(): T': (list: List) => extreme(list, 'min', -1),
    'list<T>.max(): T': (list: List) => extreme(list, 'max', 1),
    'list<T>.indexOf(T): int': (list: List, item: unknown) =>
      BigInt(list.findIndex((one) => isSame(one, item))),
    'list<T>.lastIndexOf(T): int': (list: List, item: unknown) =>
      BigInt(list.findLastIndex((one) => isSame(one, item))),
    'list<T>.slice(int, int): list<T>': slice,
    'list<T>.reverse(): list<T>': (list: List) => list.toReversed(),
    'list<T>.sort(): list<T>': (list: List) => list.toSorted(order),
    'list<T>.distinct(): list<T>': (list: List) =>
      list.filter((item, i) => list.findIndex((one) => isSame(one, item)) === i),
    'list<dyn>.flatten(): list<dyn>': (list: List) => list.flat(),
    'list<dyn>.flatten(int): list<dyn>': (list: List, depth: bigint) => {
      if (depth < 0n) throw new Error('level must be non-negative');
      return (list as unknown[]).flat(Number(depth));
    },
  });
  registerLibrary(environment, 'lists', {
    'range(int): list<int>': (count: bigint) => Array.from({ length: Number(count) }, (_, i) => BigInt(i)),
  });
  registerLibrary(environment, 'sets', {
    'contains(list<T>, list<T>): bool': (list: List, sub: List) => holdsAll(list, sub),
    'equivalent(list<T>, list<T>): bool': (a: List, b: List) => holdsAll(a, b) && holdsAll(b, a),
    'intersects(list<T>, list<T>): bool': (a: List, b: List) =>
      a.some((item) => b.some((other) => isSame(item, other))),
  });
}

function holdsAll(list: List, items: List): boolean {
  return items.every((item) => list.some((other) => isSame(item, other)));
}

function slice(list: List, from: bigint, to: bigint): List {
  if (from < 0n || to > BigInt(list.length) || from > to) throw new Error(`cannot slice(${from}, ${to})`);
  return list.slice(Number(from), Number(to));
}

function extreme(list: List, name: string, sign: number): unknown {
  if (list.length === 0) throw new Error(`${name} called on empty list`);
  return list.reduce((best, item) => (order(item, best) * sign > 0 ? item : best));
}

function comparable(value: unknown): bigint | number | string | boolean {
  switch (typeof value) {
    case 'bigint':
    case 'number':
    case 'string':
    case 'boolean':
      return value;
    default:
      if (value instanceof Date) return value.getTime();
      if (value instanceof Duration) return value.valueOf();
      if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
      throw new Error('the items of this list have no order');
  }
}

/** CEL's order: texts by code points. */
export function order(a: unknown, b: unknown): number {
  const left = comparable(a);
  const right = comparable(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** CEL's equality, numbers across their types. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if ((typeof a === 'bigint' && typeof b === 'number') || (typeof a === 'number' && typeof b === 'bigint'))
    return Number(a) === Number(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (a.constructor !== b.constructor) return false;
  if (a instanceof Date || a instanceof Duration) return comparable(a) === comparable(b);
  if (a instanceof Map && b instanceof Map)
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && isSame(value, b.get(key)));
  const entries = Object.entries(a);
  const others = b as Readonly<Record<string, unknown>>;
  return (
    entries.length === Object.keys(b).length && entries.every(([key, value]) => isSame(value, others[key]))
  );
}
