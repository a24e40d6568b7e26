import { isJsonObject } from '@shared/lib/json.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import { stringify } from 'yaml';

/** What an object says itself, as YAML: all but its type, metadata and status. Empty when there is nothing more. */
export function contentsOf(object: DeepReadonly<object>): string {
  const {
    apiVersion: _version,
    kind: _kind,
    metadata: _metadata,
    status: _status,
    ...rest
  } = object as JsonObject;
  const { spec, ...others } = rest;
  const only = Object.keys(others).length === 0 && isJsonObject(spec) ? spec : rest;
  return Object.keys(only).length === 0
    ? ''
    : stringify(only, { indentSeq: false, lineWidth: 0, aliasDuplicateObjects: false });
}
