import { getOwn, isJsonObject, stableStringify } from '../lib/json.ts';
import type { Json, JsonObject } from '../lib/types.ts';
import { resolve } from '../schema/registry.ts';
import type { Schema, Schemas } from '../schema/schema.ts';

/**
 * How a value takes part in server-side apply:
 * `leaf`    owned as a whole: scalars, atomic lists and maps;
 * `struct`  named fields, each on its own;   `map` keys, each on its own;
 * `list`    items found by their keys or, in a set, by their value;
 * `deduced` nothing is known: objects like maps, the rest like leaves.
 */
export type Shape =
  | { readonly type: 'leaf' }
  | {
      readonly type: 'struct';
      readonly field: (name: string) => Shape;
      readonly isField: (name: string) => boolean;
    }
  | { readonly type: 'map'; readonly value: () => Shape }
  | { readonly type: 'list'; readonly item: () => Shape; readonly element: (item: Json) => string }
  | { readonly type: 'deduced' };

const leaf: Shape = { type: 'leaf' };
const deduced: Shape = { type: 'deduced' };

const caches = new WeakMap<Schemas, WeakMap<Schema, Shape>>();

/** The shape of the type called `schemaName`; `deduced` when there is none. */
export function shapeNamed(schemas: Schemas, schemaName: string): Shape {
  return shapeOf(schemas, { type: 'object', ref: schemaName });
}

function shapeOf(schemas: Schemas, schema: Schema): Shape {
  const target = resolve(schemas, schema);
  if (!target) return deduced;
  if (schema.mapType === 'atomic') return leaf;
  let cache = caches.get(schemas);
  if (!cache) {
    cache = new WeakMap();
    caches.set(schemas, cache);
  }
  const known = cache.get(target);
  if (known) return known;
  const shape = makeShape(schemas, target);
  cache.set(target, shape);
  return shape;
}

function makeShape(schemas: Schemas, schema: Schema): Shape {
  if (schema.type === 'array') return listShape(schemas, schema);
  if (schema.type !== 'object' || schema.mapType === 'atomic') return leaf;
  if (schema.properties) return structShape(schemas, schema);
  const { additionalProperties } = schema;
  if (!additionalProperties) return deduced;
  return { type: 'map', value: lazy(() => shapeOf(schemas, additionalProperties)) };
}

/** Types refer to each other in circles: look at what is below only when asked. */
function lazy(make: () => Shape): () => Shape {
  let shape: Shape | undefined;
  return () => {
    shape ??= make();
    return shape;
  };
}

function structShape(schemas: Schemas, schema: Schema): Shape {
  const fields = new Map<string, Shape>();
  const properties = schema.properties ?? {};
  return {
    type: 'struct',
    isField: (name) => Object.hasOwn(properties, name),
    field: (name) => {
      const known = fields.get(name);
      if (known) return known;
      const property = getOwn(properties, name) ?? schema.additionalProperties;
      const shape = property ? shapeOf(schemas, property) : deduced;
      if (property) fields.set(name, shape);
      return shape;
    },
  };
}

function listShape(schemas: Schemas, schema: Schema): Shape {
  const items = schema.items ?? { type: 'any' };
  const item = lazy(() => shapeOf(schemas, items));
  if (schema.listType === 'set')
    return { type: 'list', item, element: (value) => `v:${JSON.stringify(value)}` };
  if (schema.listType !== 'map') return leaf;
  const keys = (schema.listMapKeys ?? []).toSorted();
  return { type: 'list', item, element: (value) => elementOf(keys, value) };
}

/** Keys a client may leave out, for they have a default. */
const keyDefaults: Readonly<Record<string, Json>> = { protocol: 'TCP' };

function elementOf(keys: readonly string[], item: Json): string {
  const only = keys.length === 1 ? keys[0] : undefined;
  if (only !== undefined && isJsonObject(item) && typeof item[only] === 'string') {
    return `k:{"${only}":${JSON.stringify(item[only])}}`;
  }
  let pairs = '';
  for (const key of keys) {
    const value = (isJsonObject(item) ? getOwn(item, key) : undefined) ?? getOwn(keyDefaults, key);
    if (value !== undefined) pairs += `${pairs === '' ? '' : ','}"${key}":${stableStringify(value)}`;
  }
  return `k:{${pairs}}`;
}

/** The members of a value that has members of its own under this shape; undefined for leaves. */
export function membersOf(shape: Shape, value: Json | undefined): JsonObject | readonly Json[] | undefined {
  switch (shape.type) {
    case 'struct':
    case 'map':
    case 'deduced':
      return isJsonObject(value) ? value : undefined;
    case 'list':
      return Array.isArray(value) ? value : undefined;
    case 'leaf':
      return undefined;
  }
}

/** The shape of an object's member. */
export function memberShape(shape: Shape, name: string): Shape {
  if (shape.type === 'struct') return shape.field(name);
  return shape.type === 'map' ? shape.value() : deduced;
}
