import type { Environment } from '@marcbachmann/cel-js';
import { type Functions, registerLibrary } from './define.ts';

type Num = bigint | number;

const less = (a: Num, b: Num) => a < b;
const least = (list: readonly Num[]) => {
  const [first] = list;
  if (first === undefined) throw new Error('math.@min(list) argument must not be empty');
  return list.reduce((best, item) => (less(item, best) ? item : best), first);
};
const greatest = (list: readonly Num[]) => {
  const [first] = list;
  if (first === undefined) throw new Error('math.@max(list) argument must not be empty');
  return list.reduce((best, item) => (less(best, item) ? item : best), first);
};

/** https://pkg.go.dev/github.com/google/cel-go/ext#Math; `math` is a namespace of functions. */
export function mathFunctions(environment: Environment): void {
  const functions: Record<string, Functions[string]> = {};
  const add = (signature: string, handler: Functions[string]) => {
    functions[signature] = handler;
  };
  for (const [name, pick] of [
    ['least', least],
    ['greatest', greatest],
  ] as const) {
    for (const count of [1, 2, 3, 4, 5]) {
      for (const type of ['int', 'double'])
        add(`${name}(${Array(count).fill(type).join(', ')}): ${type}`, (...args: Num[]) => pick(args));
    }
    add(`${name}(list<T>): T`, (list: readonly Num[]) => pick(list));
  }
  add('abs(int): int', (value: bigint) => (value < 0n ? -value : value));
  add('abs(double): double', Math.abs);
  add('sign(int): int', (value: bigint) => (value > 0n ? 1n : value < 0n ? -1n : 0n));
  add('sign(double): double', Math.sign);
  add('ceil(double): double', Math.ceil);
  add('floor(double): double', Math.floor);
  add('trunc(double): double', Math.trunc);
  add('round(double): double', (value: number) => Math.sign(value) * Math.round(Math.abs(value)));
  add('sqrt(double): double', Math.sqrt);
  add('sqrt(int): double', (value: bigint) => Math.sqrt(Number(value)));
  add('isNaN(double): bool', Number.isNaN);
  add('isInf(double): bool', (value: number) => Math.abs(value) === Number.POSITIVE_INFINITY);
  add('isFinite(double): bool', Number.isFinite);
  add('bitAnd(int, int): int', (a: bigint, b: bigint) => a & b);
  add('bitOr(int, int): int', (a: bigint, b: bigint) => a | b);
  add('bitXor(int, int): int', (a: bigint, b: bigint) => a ^ b);
  add('bitNot(int): int', (a: bigint) => ~a);
  add('bitShiftLeft(int, int): int', (a: bigint, b: bigint) => BigInt.asIntN(64, a << b));
  add('bitShiftRight(int, int): int', (a: bigint, b: bigint) =>
    BigInt.asIntN(64, BigInt.asUintN(64, a) >> b),
  );
  registerLibrary(environment, 'math', functions);
}
