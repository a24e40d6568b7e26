import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { isJsonObject } from '@shared/lib/json.ts';
import type { Json } from '@shared/lib/types.ts';

const known = new WeakMap<object, unknown>();

/**
 * A JSON value as CEL sees it where nothing is known of its type: whole numbers are ints, objects maps. Objects are
 * handed out by the store are read-only, so each of those is converted once.
 */
export function toCel(value: Json | undefined): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value ?? null;
  const seen = known.get(value);
  if (seen !== undefined) return seen;
  const converted = Array.isArray(value)
    ? value.map((item) => toCel(item))
    : new Map(
        Object.entries(value)
          .filter(([, member]) => member !== undefined)
          .map(([key, member]) => [key, toCel(member)]),
      );
  if (Object.isFrozen(value)) known.set(value, converted);
  return converted;
}

/** A CEL value as JSON: ints become numbers, times and durations texts. Throws for what JSON cannot say. */
export function fromCel(value: unknown): Json {
  switch (typeof value) {
    case 'bigint':
      return Number(value);
    case 'string':
    case 'boolean':
    case 'number':
      return value;
    case 'object':
      break;
    default:
      throw new Error(`a ${typeof value} is no JSON value`);
  }
  if (value === null) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Duration) return String(value);
  if (value instanceof UnsignedInt) return Number(value.valueOf());
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value) || value instanceof Set) return [...value].map(fromCel);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const object = Object.fromEntries(entries.map(([key, member]) => [String(key), fromCel(member)]));
  if (!isJsonObject(object)) throw new Error('no JSON value');
  return object;
}
