/**
 * Strategic merge patch: JSON merge patch in which the schema tells how lists merge, with directives.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ and
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
import { getOwn, isJsonObject, setOwn } from '../lib/json.ts';
import type { Json, JsonObject } from '../lib/types.ts';
import { resolve } from '../schema/registry.ts';
import type { Schema, Schemas } from '../schema/schema.ts';
import { refuseDeepPatch } from './patch-limits.ts';
import { ApiError } from './status.ts';
import { identityOf, mergeOrder, refuseOtherOrder, withoutDirectives } from './strategic-merge-lists.ts';

const setElementOrder = '$setElementOrder/';
const deleteFromPrimitiveList = '$deleteFromPrimitiveList/';

/**
 * `original` with `patch` merged in; neither is changed. Lists merge by their merge key where the schema has
 * the patch strategy `merge`, else they are replaced. Fields the schema does not know merge like plain JSON.
 * Throws ApiError BadRequest for malformed directives and list items without their merge key.
 */
export function strategicMergePatch(
  types: { readonly schemas: Schemas; readonly schemaName: string },
  original: JsonObject,
  patch: JsonObject,
): JsonObject {
  refuseDeepPatch(patch);
  return mergeMaps(types.schemas, { type: 'object', ref: types.schemaName }, { original, patch });
}

interface Maps {
  readonly original: JsonObject;
  readonly patch: JsonObject;
}

function mergeMaps(schemas: Schemas, schema: Schema | undefined, { original, patch }: Maps): JsonObject {
  const directive = getOwn(patch, '$patch');
  if (directive === 'replace') return withoutDirectives(patch) as JsonObject;
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge')
    throw bad(`unknown patch type found: ${String(directive)}`);
  const described = schema && resolve(schemas, schema);
  const result: Record<string, Json | undefined> = retained(original, patch);
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$patch' || key === '$retainKeys' || value === undefined) continue;
    if (key.startsWith(setElementOrder)) continue;
    if (key.startsWith(deleteFromPrimitiveList)) {
      removeScalars(result, key.slice(deleteFromPrimitiveList.length), value);
    } else if (value === null) delete result[key];
    else {
      const existing = getOwn(result, key);
      setOwn(
        result,
        key,
        mergeValues({ schemas, schema: memberSchema(described, key), key }, existing, value),
      );
    }
  }
  for (const [key, order] of Object.entries(patch)) {
    if (key.startsWith(setElementOrder))
      sortList({ schema: described, result, original, patch }, key.slice(setElementOrder.length), order);
  }
  return result;
}

function memberSchema(schema: Schema | undefined, key: string): Schema | undefined {
  return (schema?.properties && getOwn(schema.properties, key)) ?? schema?.additionalProperties;
}

/** `$retainKeys` names all keys that may stay; the patch may not set others. */
function retained(original: JsonObject, patch: JsonObject): Record<string, Json | undefined> {
  const keys = getOwn(patch, '$retainKeys');
  if (keys === undefined) return { ...original };
  if (!Array.isArray(keys)) throw bad('invalid patch format of retainKeys');
  const allowed = new Set<unknown>(keys);
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith('$') && value !== null && !allowed.has(key))
      throw bad('invalid patch format of retainKeys');
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => allowed.has(key)));
}

interface Member {
  readonly schemas: Schemas;
  readonly schema: Schema | undefined;
  readonly key: string;
}

function mergeValues(member: Member, original: Json | undefined, patch: Json): Json {
  const strategy = member.schema?.patchStrategy ?? [];
  if (isJsonObject(patch)) {
    if (strategy.includes('replace')) return withoutDirectives(patch);
    const base = isJsonObject(original) ? original : {};
    return mergeMaps(member.schemas, member.schema, { original: base, patch });
  }
  if (Array.isArray(patch)) {
    if (strategy.includes('merge')) return mergeLists(member, Array.isArray(original) ? original : [], patch);
    return withoutDirectives(patch);
  }
  return patch;
}

function mergeLists(member: Member, original: readonly Json[], patch: readonly Json[]): Json[] {
  const mergeKey = member.schema?.patchMergeKey;
  if (mergeKey === undefined) {
    const seen = new Set(original.map((item) => identityOf(item, undefined)));
    return [...original, ...patch.filter((item) => item !== null && !seen.has(identityOf(item, undefined)))];
  }
  const items = patch.map((item) => {
    if (isJsonObject(item)) return item;
    throw bad(`error: expected a map in the list ${member.key}, found ${JSON.stringify(item)}`);
  });
  const isReplace = items.some((item) => item.$patch === 'replace');
  const merged = new KeyedList(isReplace ? [] : original, mergeKey);
  for (const item of items) mergeItem(member, merged, item);
  return merged.items();
}

/** A list under way: items are found by their merge key; of several with the same key the first counts. */
class KeyedList {
  readonly mergeKey: string;
  readonly #items: (Json | undefined)[];
  readonly #indexes = new Map<string, number>();

  constructor(items: readonly Json[], mergeKey: string) {
    this.mergeKey = mergeKey;
    this.#items = [...items];
    for (const [index, item] of items.entries()) {
      const identity = identityOf(item, mergeKey);
      if (identity !== undefined && !this.#indexes.has(identity)) this.#indexes.set(identity, index);
    }
  }

  get(identity: string): Json | undefined {
    const index = this.#indexes.get(identity);
    return index === undefined ? undefined : this.#items[index];
  }

  set(identity: string, item: Json): void {
    const index = this.#indexes.get(identity) ?? this.#items.length;
    this.#indexes.set(identity, index);
    this.#items[index] = item;
  }

  /** Removes every item with this key. */
  delete(identity: string): void {
    if (!this.#indexes.delete(identity)) return;
    for (const [index, item] of this.#items.entries()) {
      if (item !== undefined && identityOf(item, this.mergeKey) === identity) this.#items[index] = undefined;
    }
  }

  items(): Json[] {
    return this.#items.filter((item) => item !== undefined);
  }
}

function mergeItem(member: Member, merged: KeyedList, item: JsonObject): void {
  const directive = getOwn(item, '$patch');
  const identity = identityOf(item, merged.mergeKey);
  if (directive === 'delete') {
    if (identity === undefined) throw bad(`delete patch type with no merge key defined: ${merged.mergeKey}`);
    merged.delete(identity);
    return;
  }
  if (directive === 'replace') {
    const { $patch: _, ...rest } = item;
    if (identity !== undefined && Object.keys(rest).length > 0) merged.set(identity, withoutDirectives(rest));
    return;
  }
  if (directive !== undefined && directive !== 'merge')
    throw bad(`unknown patch type found: ${String(directive)}`);
  if (identity === undefined) {
    throw bad(`map: ${JSON.stringify(item)} does not contain declared merge key: ${merged.mergeKey}`);
  }
  const existing = merged.get(identity);
  const original = isJsonObject(existing) ? existing : {};
  merged.set(identity, mergeMaps(member.schemas, member.schema?.items, { original, patch: item }));
}

function removeScalars(result: Record<string, Json | undefined>, key: string, value: Json): void {
  if (!Array.isArray(value)) throw bad('invalid patch format of primitive list');
  const list = getOwn(result, key);
  if (!Array.isArray(list)) return;
  const removed = new Set(value.map((item) => identityOf(item, undefined)));
  setOwn(
    result,
    key,
    list.filter((item) => !removed.has(identityOf(item, undefined))),
  );
}

interface SortedList {
  /** Of the map the list is in. */
  readonly schema: Schema | undefined;
  readonly result: Record<string, Json | undefined>;
  readonly original: JsonObject;
  readonly patch: JsonObject;
}

/** `$setElementOrder/list`: brings what the patch knows of into its order; what only the server has stays near. */
function sortList(scope: SortedList, key: string, order: Json | undefined): void {
  if (!Array.isArray(order)) throw bad('invalid patch format of setElementOrder list');
  const list = getOwn(scope.result, key);
  if (!Array.isArray(list)) return;
  const mergeKey = memberSchema(scope.schema, key)?.patchMergeKey;
  const patched = getOwn(scope.patch, key);
  if (Array.isArray(patched)) refuseOtherOrder(patched, order, { key, mergeKey });
  const original = getOwn(scope.original, key);
  setOwn(
    scope.result,
    key,
    mergeOrder(list, { order, serverOrder: Array.isArray(original) ? original : [], mergeKey }),
  );
}

function bad(text: string): ApiError {
  return ApiError.of('BadRequest', text);
}
