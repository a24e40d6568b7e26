import type { KubeObject, ObjectMeta } from '../api/meta.ts';
import type { DeepReadonly } from '../lib/types.ts';

/** Metadata that says who an object is, whose, and whether it goes. */
const kept = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'deletionTimestamp',
  'ownerReferences',
  'finalizers',
] as const satisfies readonly (keyof ObjectMeta)[];

/**
 * An object without all that only its readers need: type and identity, a tenth of most objects. Enough for informers
 * and for whoever counts, collects or deletes.
 */
export function identityOf<T extends KubeObject>({
  apiVersion,
  kind,
  metadata,
}: DeepReadonly<T>): DeepReadonly<T> {
  const identity: Record<string, unknown> = {};
  for (const field of kept) {
    const value: unknown = metadata?.[field];
    if (value !== undefined) identity[field] = value;
  }
  return { apiVersion, kind, metadata: identity } as unknown as DeepReadonly<T>;
}

/**
 * An object without its field managers: in memory they are half of most objects, and only the server reads them. It
 * takes an update without them to leave them as they are.
 */
export function withoutManagers<T extends KubeObject>(object: DeepReadonly<T>): DeepReadonly<T> {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata } as DeepReadonly<T>;
}
