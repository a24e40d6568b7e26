import type { Json, JsonObject } from './types.ts';

/** True for a JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Sets `object[key]` as JSON.parse would: `__proto__` becomes an ordinary own key and never the prototype.
 * Use it wherever the key comes from outside.
 */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/** The object's own member; members of the prototype (`constructor`, `toString`) do not count. */
export function getOwn<T>(object: { readonly [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Structural equality of what JSON can say; the order of object keys does not matter, undefined members are absent. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!jsonEqual(a[i], b[i])) return false;
    return true;
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  let size = 0;
  for (const key of Object.keys(a)) {
    const value = a[key];
    if (value === undefined) continue;
    size++;
    const other = getOwn(b, key);
    if (other === undefined || !jsonEqual(value, other)) return false;
  }
  for (const key of Object.keys(b)) if (b[key] !== undefined) size--;
  return size === 0;
}

/** JSON text with object keys in code-unit order: equal values have equal texts. */
export function stableStringify(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item) => stableStringify(item ?? null)).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const parts: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) parts.push(`${JSON.stringify(key)}:${stableStringify(member)}`);
  }
  return `{${parts.join(',')}}`;
}

/** A private copy, free to change. Members that are undefined are left out. */
export function copyJson<T extends Json>(value: T): T {
  return copy(value) as T;
}

function copy(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copy(item ?? null));
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value))
    if (member !== undefined) setOwn(result, key, copy(member));
  return result;
}

/** True when objects and lists lie in one another more than `limit` deep. Never overflows the stack. */
export function isNestedDeeperThan(value: Json, limit: number): boolean {
  let level: (object | Json)[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    const next: Json[] = [];
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue;
      if (depth >= limit) return true;
      for (const member of Object.values(item))
        if (typeof member === 'object' && member !== null) next.push(member);
    }
    level = next;
  }
  return false;
}
