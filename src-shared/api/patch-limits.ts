import { isNestedDeeperThan } from '../lib/json.ts';
import type { Json } from '../lib/types.ts';
import { ApiError } from './status.ts';

/** No API object is nested a tenth as deep; what is nested deeper was made to overflow somebody's stack. */
const maxPatchDepth = 1000;

/** Throws ApiError BadRequest when `patch` is nested too deeply to be merged recursively. */
export function refuseDeepPatch(patch: Json): void {
  if (isNestedDeeperThan(patch, maxPatchDepth)) throw ApiError.of('BadRequest', 'exceeded max depth');
}
