import type { Json, JsonObject } from '@shared/lib/types.ts';

export interface MergeResult {
  readonly merged: Json | undefined;
  /** Dotted paths changed on both sides to different values; `merged` has mine there. */
  readonly conflicts: readonly string[];
}

/** Brings my changes since `base` together with theirs. Lists count as one value. */
export function mergeThreeWay(
  base: Json | undefined,
  mine: Json | undefined,
  theirs: Json | undefined,
  path = '',
): MergeResult {
  if (isEqual(mine, theirs) || isEqual(base, theirs)) return { merged: mine, conflicts: [] };
  if (isEqual(base, mine)) return { merged: theirs, conflicts: [] };
  if (!isObject(mine) || !isObject(theirs)) return { merged: mine, conflicts: [path || '(everything)'] };
  const from = isObject(base) ? base : {};
  const merged: Record<string, Json> = {};
  const conflicts: string[] = [];
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const result = mergeThreeWay(from[key], mine[key], theirs[key], path ? `${path}.${key}` : key);
    if (result.merged !== undefined) merged[key] = result.merged;
    conflicts.push(...result.conflicts);
  }
  return { merged, conflicts };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (
    typeof a !== 'object' ||
    typeof b !== 'object' ||
    a === null ||
    b === null ||
    Array.isArray(a) !== Array.isArray(b)
  )
    return false;
  const left = a as JsonObject;
  const right = b as JsonObject;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const key of keys) if (!isEqual(left[key], right[key])) return false;
  return true;
}
