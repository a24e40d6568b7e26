import type { ObjectMeta } from '@shared/api/meta.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { jsonEqual, setOwn } from '@shared/lib/json.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';

/** A private copy of an API object, free to change. Fields other than the metadata are the kind's business. */
export interface DraftObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** A stored object: shared, read-only. */
export type ApiObject = DeepReadonly<DraftObject>;

/** The view of a stored value as its kind's type. Everything in the store was decoded and validated before it went in. */
export function objectOf<T extends object = DraftObject>(entry: {
  readonly value: JsonObject;
}): DeepReadonly<T> {
  return entry.value as unknown as DeepReadonly<T>;
}

/** The JSON view of an object, for the store and for answers. */
export function jsonOf(object: ApiObject | DraftObject): JsonObject {
  return object as unknown as JsonObject;
}

/** A private copy, all the way down. */
export function cloneJson<T>(value: DeepReadonly<T> | T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) setOwn(result, key, copy(member));
  return result;
}

/**
 * Whether anything outside `metadata` differs, and outside `status` where that is a subresource: what raises
 * `metadata.generation`.
 */
export function specChanged(
  a: ApiObject | DraftObject,
  b: ApiObject | DraftObject,
  { hasStatus }: Pick<AnyKind, 'hasStatus'>,
): boolean {
  const ignored = { metadata: undefined, ...(hasStatus && { status: undefined }) };
  return !jsonEqual({ ...jsonOf(a), ...ignored }, { ...jsonOf(b), ...ignored });
}

/**
 * {@link StoreOptions.stamp} for a store under an API server: writes the revision into
 * metadata.resourceVersion. Values without metadata (allocations) stay as they are.
 */
export function stampResourceVersion(value: JsonObject, revision: number): JsonObject {
  const metadata = value.metadata;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return value;
  return { ...value, metadata: { ...metadata, resourceVersion: String(revision) } };
}

/** What tells where the objects of a kind are stored: under its own name, or under that of its hub. */
export type Stored = Pick<AnyKind, 'group' | 'plural' | 'conversion'>;

/** Where an object is stored: `/registry/pods/default/a`, `/registry/apps/deployments/default/a`, `/registry/nodes/n`. */
export function storeKey(kind: Stored, namespace: string, name: string): string {
  return namespace === '' ? `${storePrefix(kind)}${name}` : `${storePrefix(kind)}${namespace}/${name}`;
}

/** Prefix of all objects of a kind, or of those in one namespace; ends with a slash. */
export function storePrefix(kind: Stored, namespace = ''): string {
  const { group, plural } = kind.conversion?.hub ?? kind;
  const root = group === '' ? `/registry/${plural}/` : `/registry/${group}/${plural}/`;
  return namespace === '' ? root : `${root}${namespace}/`;
}
