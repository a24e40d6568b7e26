import type { JsonObject } from '@shared/lib/types.ts';
import { stringify } from 'yaml';

const order = ['apiVersion', 'kind', 'metadata', 'type', 'immutable', 'spec', 'data', 'stringData'];

/** An object as people read it: usual order of fields, without the bookkeeping of field owners. */
export function toYaml(object: JsonObject, options: { withStatus: boolean } = { withStatus: true }): string {
  const { managedFields: _managed, ...metadata } = (object.metadata ?? {}) as JsonObject;
  const rest = Object.keys(object).filter((key) => !order.includes(key) && key !== 'status');
  const keys = [...order, ...rest, ...(options.withStatus ? ['status'] : [])];
  const tidy: Record<string, unknown> = {};
  for (const key of keys)
    if (object[key] !== undefined) tidy[key] = key === 'metadata' ? metadata : object[key];
  return stringify(tidy, {
    lineWidth: 0,
    indentSeq: false,
    defaultStringType: 'PLAIN',
    defaultKeyType: 'PLAIN',
    aliasDuplicateObjects: false,
  });
}

/** For comparing before and after: also without what changes with every write. */
export function toComparableYaml(object: JsonObject): string {
  const {
    resourceVersion: _version,
    generation: _generation,
    uid: _uid,
    creationTimestamp: _created,
    ...metadata
  } = (object.metadata ?? {}) as JsonObject;
  return toYaml({ ...object, metadata }, { withStatus: false });
}
