/** A value that says itself how large it is. */
export interface Sized {
  readonly celSize: number;
}

/** What goes by a schema: its size is the number of its members. */
export class TypedObject implements Sized {
  get celSize(): number {
    return Object.keys(this).length;
  }
}

/** Characters, items or members; 1 for what has no length. Source: cel-go, `actualSize`. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return charactersOf(value);
  if (typeof value !== 'object' || value === null) return 1;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (value instanceof Map || value instanceof Set) return value.size;
  if ('celSize' in value) return Number(value.celSize);
  return isPlain(value) ? Object.keys(value).length : 1;
}

/** What going through all of a value costs. Source: apiserver, `traversalCost`. */
export function traversalCost(value: unknown): number {
  if (typeof value === 'string') return Math.floor(Buffer.byteLength(value) / 10);
  if (value instanceof Uint8Array) return Math.floor(value.length / 10);
  if (Array.isArray(value) || value instanceof Set) return sumOf(value);
  if (value instanceof Map) return sumOf(value.keys()) + sumOf(value.values());
  if (value instanceof TypedObject || isPlain(value))
    return sumOf(Object.keys(value)) + sumOf(Object.values(value));
  return 1;
}

function sumOf(values: Iterable<unknown>): number {
  let sum = 0;
  for (const value of values) sum += traversalCost(value);
  return sum;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const made = value.constructor;
  return made === Object || made === undefined;
}

function charactersOf(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00) count--;
  }
  return count;
}
