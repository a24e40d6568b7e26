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

/** Switches whose absence means off, so that clients may write `false` or leave them out. */
const plainSwitches = new Set(['hostNetwork', 'hostPID', 'hostIPC', 'stdin', 'stdinOnce', 'tty', 'readOnly']);

/**
 * The value without what means nothing: empty texts, lists and objects, and plain switches that are off. Two
 * objects that differ only so are the same to Kubernetes.
 */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value)
    .map(([key, member]) => [key, withoutEmpty(member)] as const)
    .filter(([key, member]) => !isEmpty(member) && !(member === false && plainSwitches.has(key)));
  return Object.fromEntries(kept);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
