import { isJsonObject, jsonEqual } from '../lib/json.ts';
import type { Json } from '../lib/types.ts';

/**
 * What differs between two JSON values, one line a value: `- spec.a: 1` for what was, `+ spec.a: 2` for what
 * is. `path` names the values compared, which must be JSON (typed objects of a kind are).
 */
export function diffLines(path: string, old: unknown, now: unknown): string[] {
  return jsonDiff(path, old as Json | undefined, now as Json | undefined);
}

function jsonDiff(path: string, old: Json | undefined, now: Json | undefined): string[] {
  if (jsonEqual(old, now)) return [];
  if (isJsonObject(old) && isJsonObject(now)) {
    const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
    return [...keys].flatMap((key) => jsonDiff(`${path}.${key}`, old[key], now[key]));
  }
  if (Array.isArray(old) && Array.isArray(now) && old.length === now.length) {
    return old.flatMap((item, index) => jsonDiff(`${path}[${index}]`, item, now[index]));
  }
  return [
    ...(old === undefined ? [] : [`- ${path}: ${JSON.stringify(old)}`]),
    ...(now === undefined ? [] : [`+ ${path}: ${JSON.stringify(now)}`]),
  ];
}
