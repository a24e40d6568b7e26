import { type Environment, Optional } from '@marcbachmann/cel-js';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { TypedObject } from './sizes.ts';

/** Lets objects of a type be compared with each other and with null. */
export function registerObjectEquality(environment: Environment, type: string): void {
  environment.registerOperator(`${type} == ${type}`, isEqual);
  registerNullEquality(environment, type);
}

/** Lets values of a type be compared with null: the language has it for all that is no plain value. */
export function registerNullEquality(environment: Environment, type: string): void {
  environment.registerOperator(`${type} == null`, (a: unknown, b: unknown) => a === b);
}

/** What the library's own types lack of it. */
export function equalityOperators(environment: Environment): void {
  for (const type of ['optional', 'google.protobuf.Timestamp', 'google.protobuf.Duration'])
    registerNullEquality(environment, type);
  environment.registerOperator('optional<V> == optional<V>', isEqual);
}

/** As the language has it: numbers by value, all else member by member; values of different types are not equal. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  // Ints and doubles alike, and NaN equals nothing.
  if (isNumber(a) && isNumber(b)) return a.valueOf() <= b.valueOf() && a.valueOf() >= b.valueOf();
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a.constructor !== b.constructor) return false;
  if (Array.isArray(a) && Array.isArray(b)) return areItemsEqual(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return areItemsEqual(a, b);
  if (a instanceof Map && b instanceof Map) return areMembersEqual(a, b);
  if (a instanceof Date) return a.getTime() === b.valueOf();
  if (a instanceof Duration && b instanceof Duration) return a.seconds === b.seconds && a.nanos === b.nanos;
  if (a instanceof Optional && b instanceof Optional)
    return a.hasValue() && b.hasValue() ? isEqual(a.value(), b.value()) : a.hasValue() === b.hasValue();
  if (a instanceof TypedObject)
    return areMembersEqual(new Map(Object.entries(a)), new Map(Object.entries(b)));
  return false;
}

type CelNumber = bigint | number | UnsignedInt;

function isNumber(value: unknown): value is CelNumber {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof UnsignedInt;
}

function areItemsEqual(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!isEqual(a[i], b[i])) return false;
  return true;
}

function areMembersEqual(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (!b.has(key) || !isEqual(value, b.get(key))) return false;
  return true;
}
