/**
 * Strategic merge patch: JSON merge patch in which the schema tells how lists merge, with directives.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ and
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
import { goText, goTypeOf } from '../lib/go-text.ts';
import { getOwn, isJsonObject, setOwn } from '../lib/json.ts';
import type { Json, JsonObject } from '../lib/types.ts';
import { resolve } from '../schema/registry.ts';
import type { Schema, Schemas } from '../schema/schema.ts';
import { refuseDeepPatch } from './patch-limits.ts';
import { ApiError } from './status.ts';
import { KeyedList, refuseMixedItems } from './strategic-merge-items.ts';
import { identityOf, mergeOrder, refuseOtherOrder, withoutDirectives } from './strategic-merge-lists.ts';

const setElementOrder = '$setElementOrder/';
const deleteFromPrimitiveList = '$deleteFromPrimitiveList/';

/**
 * `original` with `patch` merged in; neither is changed. Lists merge by their merge key where the schema has
 * the patch strategy `merge`, else they are replaced; what merges stands in the order of the patch, new items before
 * those that only the server has. Fields the schema does not know merge like plain JSON. Throws ApiError BadRequest
 * for malformed directives and list items without their merge key, of which upstream says 500.
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
  if (directive !== undefined) throw unknownPatchType(directive, patch);
  const described = schema && resolve(schemas, schema);
  const result: Record<string, Json | undefined> = retained(original, patch);
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$retainKeys' || value === undefined) continue;
    if (key.startsWith(setElementOrder)) {
      sortUnpatched({ described, result, patch }, key.slice(setElementOrder.length));
    } else if (key.startsWith(deleteFromPrimitiveList)) {
      removeScalars(result, key.slice(deleteFromPrimitiveList.length), value);
    } else if (value === null) delete result[key];
    else {
      const member = { schemas, schema: memberSchema(described, key), order: orderOf(patch, key) };
      const merged = mergeValues(member, getOwn(result, key), value);
      if (merged === undefined) delete result[key];
      else setOwn(result, key, merged);
    }
  }
  return result;
}

interface UnderWay {
  readonly described: Schema | undefined;
  readonly result: Record<string, Json | undefined>;
  readonly patch: JsonObject;
}

/** Brings a list of which the patch says the order and nothing else into that order. */
function sortUnpatched({ described, result, patch }: UnderWay, key: string): void {
  const order = orderOf(patch, key) ?? [];
  const list = getOwn(result, key);
  if (!Array.isArray(list) || Array.isArray(getOwn(patch, key))) return;
  const mergeKey = memberSchema(described, key)?.patchMergeKey;
  setOwn(result, key, mergeOrder(list, { order, serverOrder: list, mergeKey }));
}

/** `$setElementOrder/key`: how the patch wants the list. */
function orderOf(patch: JsonObject, key: string): readonly Json[] | undefined {
  const order = getOwn(patch, setElementOrder + key);
  if (order === undefined || Array.isArray(order)) return order;
  throw bad(`expected a []interface {}, but received a ${goTypeOf(order)}`);
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
  /** Of a list: how the patch wants it. */
  readonly order: readonly Json[] | undefined;
}

/** Undefined where the patch only wants to change or delete what is not there. */
function mergeValues(member: Member, original: Json | undefined, patch: Json): Json | undefined {
  const strategy = member.schema?.patchStrategy ?? [];
  if (isJsonObject(patch)) {
    if (isJsonObject(original) && !strategy.includes('replace'))
      return mergeMaps(member.schemas, member.schema, { original, patch });
    return '$patch' in patch ? undefined : withoutDirectives(patch);
  }
  if (!Array.isArray(patch)) return patch;
  const { order, schema } = member;
  const mergeKey = schema?.patchMergeKey;
  if (order) refuseOtherOrder(patch, order, mergeKey);
  if (Array.isArray(original) && strategy.includes('merge')) return mergeLists(member, original, patch);
  const list = withoutDirectives(patch);
  return order && Array.isArray(list) ? mergeOrder(list, { order, serverOrder: [], mergeKey }) : list;
}

function mergeLists(member: Member, original: readonly Json[], patch: readonly Json[]): Json[] {
  refuseMixedItems(original, patch);
  const mergeKey = member.schema?.patchMergeKey;
  if (mergeKey === undefined) {
    const merged = new Map([...original, ...patch].map((item) => [identityOf(item, undefined), item]));
    const order = member.order ?? patch;
    return mergeOrder([...merged.values()], { order, serverOrder: original, mergeKey });
  }
  const items = patch.map((item) => {
    if (isJsonObject(item)) return item;
    throw bad(`expected a map[string]interface {}, but received a ${goTypeOf(item)}`);
  });
  const plain = items.filter((item) => item.$patch === undefined);
  const list = new KeyedList(original, mergeKey);
  if (applyDirectives(list, items)) return plain.map((item) => withoutDirectives(item));
  for (const item of plain) {
    const identity = list.identityOf(item);
    const existing = list.get(identity);
    const merged = isJsonObject(existing)
      ? mergeMaps(member.schemas, member.schema?.items, { original: existing, patch: item })
      : withoutDirectives(item);
    list.set(identity, merged);
  }
  const merged = list.items();
  if (!member.order) return mergeOrder(merged, { order: plain, serverOrder: original, mergeKey });
  // As upstream has it, new items take the places of deleted ones before the wanted order is looked at.
  const serverOrder = merged.slice(0, original.length);
  return mergeOrder(merged, { order: member.order, serverOrder, mergeKey });
}

/** Deletes what items say so; true when one of them, which counts for nothing else, has the list replaced. */
function applyDirectives(list: KeyedList, items: readonly JsonObject[]): boolean {
  let isReplaced = false;
  for (const item of items) {
    const directive = getOwn(item, '$patch');
    if (directive === 'delete') list.delete(list.identityOf(item));
    else if (directive === 'replace') isReplaced = true;
    else if (directive === 'merge') throw bad('merging lists cannot yet be specified in the patch');
    else if (directive !== undefined) throw unknownPatchType(directive, item);
  }
  return isReplaced;
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

function unknownPatchType(directive: Json, map: JsonObject): ApiError {
  return bad(`unknown patch type: ${goText(directive)} in map: ${goText(map)}`);
}

function bad(text: string): ApiError {
  return ApiError.of('BadRequest', text);
}
