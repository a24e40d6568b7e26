import { getOwn, isJsonObject, setOwn } from '../lib/json.ts';
import type { Json } from '../lib/types.ts';
import { refuseDeepPatch } from './patch-limits.ts';

/**
 * Applies a JSON merge patch: objects merge, null removes, everything else replaces.
 * https://www.rfc-editor.org/rfc/rfc7386. Changes neither argument; the result shares what did not change.
 * Throws ApiError BadRequest when the patch is nested absurdly deeply.
 */
export function applyMergePatch(document: Json, patch: Json): Json {
  refuseDeepPatch(patch);
  return merge(document, patch);
}

function merge(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const result: Record<string, Json | undefined> = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete result[key];
    else setOwn(result, key, merge(getOwn(result, key), value));
  }
  return result;
}
