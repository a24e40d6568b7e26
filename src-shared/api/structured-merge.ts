/**
 * The structural side of server-side apply: what changed between two objects, what an object sets, merging,
 * removing. https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
import { isJsonObject, jsonEqual, setOwn } from '../lib/json.ts';
import type { Json, JsonObject } from '../lib/types.ts';
import { type FieldSet, FieldSetBuilder, formatPath, isEmptySet, isMember } from './field-set.ts';
import { ApiError } from './status.ts';
import { memberShape, type Shape } from './structure.ts';

export interface Comparison {
  /** Fields that are new or have another value. */
  readonly changed: FieldSet;
  /** Fields that are gone. */
  readonly removed: FieldSet;
}

type ListShape = Extract<Shape, { type: 'list' }>;

/** Compares two values of one shape; either may be absent. Cheap where both share parts by reference. */
export function compare(shape: Shape, before: Json | undefined, after: Json | undefined): Comparison {
  const walk: Walk = { changed: new FieldSetBuilder(), removed: new FieldSetBuilder(), path: [] };
  compareAt(walk, shape, [before, after]);
  return { changed: walk.changed.set, removed: walk.removed.set };
}

interface Walk {
  readonly changed: FieldSetBuilder;
  readonly removed: FieldSetBuilder;
  /** Where the walk is; changes as it goes. */
  readonly path: string[];
}

function isEmptyContainer(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'object') return false;
  for (const key in value) if ((value as JsonObject)[key] !== undefined) return false;
  return true;
}

function compareAt(walk: Walk, shape: Shape, [before, after]: [Json | undefined, Json | undefined]): void {
  if (before === after) return;
  const objects =
    (before === undefined || isJsonObject(before)) && (after === undefined || isJsonObject(after));
  const lists =
    (before === undefined || Array.isArray(before)) && (after === undefined || Array.isArray(after));
  const isList = shape.type === 'list';
  if (
    shape.type === 'leaf' ||
    !(isList ? lists : objects) ||
    (isEmptyContainer(before) && isEmptyContainer(after))
  ) {
    compareLeaf(walk, before, after);
    return;
  }
  if (isList) compareLists(walk, shape, [before as Json[] | undefined, after as Json[] | undefined]);
  else compareObjects(walk, shape, [before as JsonObject | undefined, after as JsonObject | undefined]);
  // A struct is there because of its fields; a map or a list item is somebody's in its own right.
  if (walk.path.length === 0) return;
  if (after === undefined) walk.removed.add(walk.path);
  else if (before === undefined && (shape.type !== 'struct' || isItem(walk.path)))
    walk.changed.add(walk.path);
}

function isItem(path: readonly string[]): boolean {
  return path.at(-1)?.startsWith('k:') === true;
}

function compareLeaf(
  { changed, removed, path }: Walk,
  before: Json | undefined,
  after: Json | undefined,
): undefined {
  if (path.length === 0) return;
  if (after === undefined) removed.add(path);
  else if (before === undefined || !jsonEqual(before, after)) changed.add(path);
}

function compareObjects(
  walk: Walk,
  shape: Shape,
  [before, after]: [JsonObject | undefined, JsonObject | undefined],
): void {
  for (const key of Object.keys(after ?? {})) {
    const value = after?.[key];
    const old = before && Object.hasOwn(before, key) ? before[key] : undefined;
    if (value === old || value === undefined) continue;
    walk.path.push(`f:${key}`);
    compareAt(walk, memberShape(shape, key), [old, value]);
    walk.path.pop();
  }
  for (const key of Object.keys(before ?? {})) {
    const old = before?.[key];
    if (old === undefined || (after && Object.hasOwn(after, key) && after[key] !== undefined)) continue;
    walk.path.push(`f:${key}`);
    compareAt(walk, memberShape(shape, key), [old, undefined]);
    walk.path.pop();
  }
}

const noItems: ReadonlyMap<string, Json | Json[]> = new Map();

/** Items by their path element; several with the same element stay together, as a list. */
function itemsByElement(
  shape: ListShape,
  list: readonly Json[] | undefined,
): ReadonlyMap<string, Json | Json[]> {
  if (!list) return noItems;
  const items = new Map<string, Json | Json[]>();
  const doubled = new Set<string>();
  for (const item of list) {
    const element = shape.element(item);
    const present = items.get(element);
    if (present === undefined) items.set(element, item);
    else {
      items.set(element, doubled.has(element) ? [...(present as Json[]), item] : [present, item]);
      doubled.add(element);
    }
  }
  return items;
}

function compareLists(
  walk: Walk,
  shape: ListShape,
  [before, after]: [readonly Json[] | undefined, readonly Json[] | undefined],
): void {
  const old = itemsByElement(shape, before);
  const now = itemsByElement(shape, after);
  const item = shape.item();
  for (const [element, value] of now) {
    walk.path.push(element);
    compareAt(walk, Array.isArray(value) || Array.isArray(old.get(element)) ? leafShape : item, [
      old.get(element),
      value,
    ]);
    walk.path.pop();
  }
  for (const [element, value] of old) {
    if (now.has(element)) continue;
    walk.path.push(element);
    compareAt(walk, item, [value, undefined]);
    walk.path.pop();
  }
}

const leafShape: Shape = { type: 'leaf' };

/** The fields an apply configuration sets. Throws ApiError BadRequest when a keyed list has an item twice. */
export function fieldsOf(shape: Shape, value: Json): FieldSet {
  const set = new FieldSetBuilder();
  collect({ set, path: [] }, shape, value);
  return set.set;
}

interface Collection {
  readonly set: FieldSetBuilder;
  readonly path: string[];
}

function collect(collection: Collection, shape: Shape, value: Json): void {
  const { path } = collection;
  if (shape.type === 'list' && Array.isArray(value)) {
    collectItems(collection, shape, value);
    return;
  }
  if (shape.type === 'leaf' || shape.type === 'list' || !isJsonObject(value)) {
    if (path.length > 0) collection.set.add(path);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    path.push(`f:${key}`);
    collect(collection, memberShape(shape, key), member);
    const isNamed = shape.type === 'struct' && shape.isField(key);
    if (!isNamed || (isJsonObject(member) && isEmptyContainer(member))) collection.set.add(path);
    path.pop();
  }
}

function collectItems(collection: Collection, shape: ListShape, list: readonly Json[]): void {
  const seen = new Set<string>();
  for (const item of list) {
    const element = shape.element(item);
    if (seen.has(element)) throw duplicateItem(collection.path, element);
    if (element === 'k:{}') throw keylessItem(collection.path, item);
    seen.add(element);
    collection.path.push(element);
    collect(collection, shape.item(), item);
    collection.set.add(collection.path);
    collection.path.pop();
  }
}

function duplicateItem(path: readonly string[], element: string): ApiError {
  const text = `failed to create typed patch object: ${formatPath(path)}: duplicate entries for key ${formatPath([element])}`;
  return ApiError.of('BadRequest', text);
}

function keylessItem(path: readonly string[], item: Json): ApiError {
  const text = `failed to create typed patch object: ${formatPath(path)}: associative list with keys has an element that omits all key fields: ${JSON.stringify(item)}`;
  return ApiError.of('BadRequest', text);
}

/** `live` with everything `applied` sets; what both have below a leaf comes from `applied`. */
export function merge(shape: Shape, live: Json | undefined, applied: Json): Json {
  if (live === undefined || shape.type === 'leaf') return applied;
  if (shape.type === 'list')
    return Array.isArray(live) && Array.isArray(applied) ? mergeLists(shape, live, applied) : applied;
  if (!isJsonObject(live) || !isJsonObject(applied)) return applied;
  const result: Record<string, Json | undefined> = { ...live };
  for (const [key, value] of Object.entries(applied)) {
    if (value === undefined) continue;
    const old = Object.hasOwn(live, key) ? live[key] : undefined;
    setOwn(result, key, merge(memberShape(shape, key), old, value));
  }
  return result as JsonObject;
}

/** Items of `applied` in their order; items only `live` has stay before those they stood before. */
function mergeLists(shape: ListShape, live: readonly Json[], applied: readonly Json[]): Json[] {
  const liveByElement = new Map<string, Json>();
  for (const item of live) {
    const element = shape.element(item);
    if (!liveByElement.has(element)) liveByElement.set(element, item);
  }
  const order = applied.map((item) => ({ element: shape.element(item), item }));
  const wanted = new Set(order.map(({ element }) => element));
  const shared = order.filter(({ element }) => liveByElement.has(element)).map(({ element }) => element);
  const mergedItem = (at: { element: string; item: Json }) =>
    merge(shape.item(), liveByElement.get(at.element), at.item);
  const result: Json[] = [];
  let next = 0;
  let nextShared = 0;
  for (const item of live) {
    const element = shape.element(item);
    if (!wanted.has(element)) {
      result.push(item);
      continue;
    }
    if (element !== shared[nextShared]) continue;
    for (;;) {
      const at = order[next++];
      if (!at) break;
      result.push(mergedItem(at));
      if (at.element === element) break;
    }
    nextShared++;
  }
  for (const at of order.slice(next)) result.push(mergedItem(at));
  return result;
}

/** `value` without the fields of `set`; containers this leaves empty go as well. Undefined when nothing is left. */
export function removeFields(shape: Shape, value: Json, set: FieldSet): Json | undefined {
  if (isEmptySet(set) || shape.type === 'leaf') return value;
  if (shape.type === 'list') {
    if (!Array.isArray(value)) return value;
    const kept = value.map((item) => removeMember(shape.item(), item, set[shape.element(item)]));
    const items = kept.filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (!isJsonObject(value)) return value;
  const result: Record<string, Json | undefined> = {};
  for (const [key, member] of Object.entries(value)) {
    const rest =
      member === undefined ? undefined : removeMember(memberShape(shape, key), member, set[`f:${key}`]);
    if (rest !== undefined) setOwn(result, key, rest);
  }
  return isEmptyContainer(result as JsonObject) ? undefined : (result as JsonObject);
}

function removeMember(shape: Shape, member: Json, node: FieldSet | undefined): Json | undefined {
  if (node === undefined) return member;
  return isMember(node) ? undefined : removeFields(shape, member, node);
}

/** The set with all named fields on the way to its paths: who sets `spec.replicas` also holds `spec`. */
export function withNamedFields(shape: Shape, set: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const [element, node] of Object.entries(set)) {
    if (element === '.') {
      result[element] = node;
      continue;
    }
    const name = element.startsWith('f:') ? element.slice(2) : undefined;
    const isNamed = name !== undefined && shape.type === 'struct' && shape.isField(name);
    const below = shape.type === 'list' ? shape.item() : memberShape(shape, name ?? '');
    const children = isEmptySet(node) ? node : withNamedFields(below, node);
    result[element] = isNamed && !isEmptySet(children) ? { ...children, '.': {} } : children;
  }
  return result;
}
