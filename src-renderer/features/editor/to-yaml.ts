import type { JsonObject } from '@shared/lib/types.ts';
import { stringify } from 'yaml';

const metadataOrder = ['name', 'generateName', 'namespace', 'labels', 'annotations'];
const order = ['apiVersion', 'kind', 'metadata', 'type', 'immutable', 'spec', 'data', 'stringData'];

/** An object as people read it: usual order of fields, without the bookkeeping of field owners. */
export function toYaml(object: JsonObject, options: { withStatus: boolean } = { withStatus: true }): string {
  const { managedFields: _managed, ...metadata } = (object.metadata ?? {}) as JsonObject;
  const { status, ...lasting } = object;
  const tidy = {
    ...inOrder({ ...lasting, metadata: inOrder(metadata, metadataOrder) }, order),
    ...(options.withStatus && status !== undefined && { status }),
  };
  return stringify(tidy, {
    lineWidth: 0,
    indentSeq: false,
    defaultStringType: 'PLAIN',
    defaultKeyType: 'PLAIN',
    aliasDuplicateObjects: false,
  });
}

/** The same fields, those named `first` in front. */
function inOrder(object: JsonObject, first: readonly string[]): JsonObject {
  const leading = first.flatMap((key) => (object[key] === undefined ? [] : [[key, object[key]] as const]));
  return { ...Object.fromEntries(leading), ...object };
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
