import { isJsonObject } from '../lib/json.ts';
import type { Json } from '../lib/types.ts';
import { emptySet, type FieldSet } from './field-set.ts';
import { memberShape, type Shape } from './structure.ts';

type ListShape = Extract<Shape, { type: 'list' }>;

/**
 * The fields of an object that was not there before: the same as comparing it with nothing, in a fraction of the time,
 * since every create needs them.
 */
export function createdFields(shape: Shape, object: Json | undefined): FieldSet {
  if (object === undefined || isEmpty(object)) return emptySet;
  return membersSet(shape, object) ?? emptySet;
}

/** The node of a value in the set of its parent: leaves and what is empty stand for themselves. */
function nodeOf(shape: Shape, value: Json, isItem: boolean): FieldSet {
  if (isEmpty(value)) return emptySet;
  const members = membersSet(shape, value);
  if (!members) return emptySet;
  // A struct is there because of its fields; a map or a list item is somebody's in its own right.
  if (shape.type !== 'struct' || isItem) members['.'] = emptySet;
  return members;
}

/** What is below a value; undefined for leaves. */
function membersSet(shape: Shape, value: Json): Record<string, FieldSet> | undefined {
  if (shape.type === 'leaf') return undefined;
  if (shape.type === 'list') return Array.isArray(value) ? itemsSet(shape, value) : undefined;
  if (!isJsonObject(value)) return undefined;
  const set: Record<string, FieldSet> = {};
  const known = membersOf(shape);
  for (const key of Object.keys(value)) {
    const given = value[key];
    if (given === undefined) continue;
    const member = known.get(key) ?? remember(known, shape, key);
    if (typeof given !== 'object' || member.shape.type === 'leaf') set[member.element] = emptySet;
    else set[member.element] = nodeOf(member.shape, given, false);
  }
  return set;
}

interface Member {
  /** `f:name`, the same string each time: making one and looking it up as a key costs more than all the rest. */
  readonly element: string;
  readonly shape: Shape;
}

/** What is known of the members of each shape; of maps with ever new keys not more than this. */
const maxKnownMembers = 1000;
const members = new WeakMap<Shape, Map<string, Member>>();

function membersOf(shape: Shape): Map<string, Member> {
  let known = members.get(shape);
  if (!known) {
    known = new Map();
    members.set(shape, known);
  }
  return known;
}

function remember(known: Map<string, Member>, shape: Shape, key: string): Member {
  if (known.size >= maxKnownMembers) known.clear();
  const member = { element: `f:${key}`, shape: memberShape(shape, key) };
  known.set(key, member);
  return member;
}

function itemsSet(shape: ListShape, list: readonly Json[]): Record<string, FieldSet> {
  const item = shape.item();
  const set: Record<string, FieldSet> = {};
  for (const value of list) {
    const element = shape.element(value);
    // Items that cannot be told apart are one thing.
    set[element] = Object.hasOwn(set, element) ? emptySet : nodeOf(item, value, element.startsWith('k:'));
  }
  return set;
}

function isEmpty(value: Json): boolean {
  if (value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (!isJsonObject(value)) return false;
  for (const key in value) if (value[key] !== undefined) return false;
  return true;
}
