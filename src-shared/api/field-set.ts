/**
 * Sets of fields, in the form in which `managedFields` carry them (FieldsV1): a tree of path elements. A node
 * without children, or with the child `.`, is itself in the set.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 *
 * Path elements: `f:name` a field or map key, `k:{"name":"a"}` the list item with these keys, `v:"x"` a value of
 * a set, `i:0` an index. No function changes its arguments except {@link insert}; results share nodes.
 */
import { isJsonObject } from '../lib/json.ts';
import type { Json } from '../lib/types.ts';

export interface FieldSet {
  readonly [element: string]: FieldSet;
}

interface MutableFieldSet {
  [element: string]: MutableFieldSet;
}

export const emptySet: FieldSet = Object.freeze({});

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether the node's own path is in the set it stands in. */
export function isMember(node: FieldSet): boolean {
  return node['.'] !== undefined || isEmptySet(node);
}

/** Makes a set, path by path; cheapest when paths come in the order of a walk. */
export class FieldSetBuilder {
  readonly #root: MutableFieldSet = {};
  /** The path added last, and the node of each of its elements. */
  readonly #path: string[] = [];
  readonly #nodes: MutableFieldSet[] = [];

  /** What was added so far; adding more changes it. */
  get set(): FieldSet {
    return this.#root;
  }

  /** Adds a path, which must not be empty. */
  add(path: readonly string[]): void {
    let depth = 0;
    while (depth < path.length && this.#path[depth] === path[depth]) depth++;
    this.#path.length = depth;
    this.#nodes.length = depth;
    let node = this.#nodes[depth - 1] ?? this.#root;
    let isNew = false;
    for (; depth < path.length; depth++) {
      const element = path[depth] ?? '';
      let child = node[element];
      if (child === undefined) {
        // Without children the node was in the set, unless this very call has just made it.
        if (depth > 0 && !isNew && isEmptySet(node)) node['.'] = {};
        child = {};
        node[element] = child;
        isNew = true;
      } else isNew = false;
      this.#path.push(element);
      this.#nodes.push(child);
      node = child;
    }
    if (!isNew && !isEmptySet(node)) node['.'] = {};
  }
}

function build(isItself: boolean, children: MutableFieldSet): FieldSet | undefined {
  if (isEmptySet(children)) return isItself ? emptySet : undefined;
  if (isItself) children['.'] = emptySet as MutableFieldSet;
  return children;
}

/** Everything in `a` or `b`. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  const result: Record<string, FieldSet> = { ...a };
  for (const [element, node] of Object.entries(b)) {
    const mine = a[element];
    result[element] = mine === undefined ? node : unionNodes(mine, node);
  }
  return result;
}

function unionNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const merged = union(a, b);
  const isItself = isMember(a) || isMember(b);
  return isItself && merged['.'] === undefined && !isEmptySet(merged) ? { '.': emptySet, ...merged } : merged;
}

/** What is in `a` and not in `b`, path by path: fields below a path of `b` stay. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && !inB);
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && inB);
}

/** `keep` decides for every path of `a`, told whether it is in `a` and in `b`. */
function combine(a: FieldSet, b: FieldSet, keep: (inA: boolean, inB: boolean) => boolean): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const [element, node] of Object.entries(a)) {
    if (element === '.') continue;
    const other = b[element];
    if (other === undefined) {
      if (keep(true, false)) result[element] = node;
      continue;
    }
    const children = combine(node, other, keep) as MutableFieldSet;
    const combined = build(isMember(node) && keep(true, isMember(other)), children);
    if (combined) result[element] = combined;
  }
  return result;
}

/** `a` without the paths of `b` and everything below them. */
export function without(a: FieldSet, b: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const [element, node] of Object.entries(a)) {
    if (element === '.') continue;
    const other = b[element];
    if (other === undefined) result[element] = node;
    else if (!isMember(other)) {
      const rest = build(isMember(node), without(node, other) as MutableFieldSet);
      if (rest) result[element] = rest;
    }
  }
  return result;
}

/** Every path of the set, parents before children. */
export function* pathsOf(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  for (const [element, node] of Object.entries(set)) {
    if (element === '.') continue;
    const path = [...prefix, element];
    if (isMember(node)) yield path;
    yield* pathsOf(node, path);
  }
}

/** `.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"]`, as conflicts name a field. */
export function formatPath(path: readonly string[]): string {
  return path.map(formatElement).join('');
}

function formatElement(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'k': {
      const keys: unknown = JSON.parse(rest);
      const pairs = isJsonObject(keys) ? Object.entries(keys) : [];
      return `[${pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${rest}]`;
    case 'i':
      return `[${rest}]`;
    default:
      return `.${rest}`;
  }
}

/** Nodes known to be sound: read before, or made here. Objects are shared and frozen, so they stay so. */
const sound = new WeakSet<object>();

/** Notes that a set of our own making need not be checked when it comes back. */
export function markSound(set: FieldSet): void {
  sound.add(set);
}

/** Reads FieldsV1 as it came from outside. Undefined when it is malformed anywhere. */
export function parseFieldSet(value: Json | undefined): FieldSet | undefined {
  if (!isJsonObject(value)) return undefined;
  if (sound.has(value)) return value as FieldSet;
  const result: Record<string, FieldSet> = {};
  for (const [element, member] of Object.entries(value)) {
    const node = isElement(element) ? parseFieldSet(member) : undefined;
    if (node === undefined) return undefined;
    result[element] = node;
  }
  return result;
}

function isElement(element: string): boolean {
  if (element === '.' || element.startsWith('f:')) return true;
  const rest = element.slice(2);
  if (element.startsWith('i:')) return /^\d+$/.test(rest);
  if (!element.startsWith('k:') && !element.startsWith('v:')) return false;
  try {
    const parsed: unknown = JSON.parse(rest);
    return element.startsWith('v:') || isJsonObject(parsed);
  } catch {
    return false;
  }
}
