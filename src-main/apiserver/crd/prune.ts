import { type JsonSchema, preservesUnknown, valuesOf } from '@shared/kinds/apiextensions/json-schema.ts';
import { getOwn, isJsonObject, setOwn } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { builtinSchemas } from '@shared/schema/registry.ts';

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Fields every object has, whatever its schema says. */
const objectFields = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * The object without the fields its schema does not name; their paths are added to `unknown`. What needs no change
 * is shared, up to the object itself.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
 */
export function prune(schema: JsonSchema, object: JsonObject, unknown: string[] = []): JsonObject {
  return pruneObject(schema, object, { path: '', isResource: true, unknown });
}

interface Place {
  readonly path: string;
  /** Carries apiVersion, kind and metadata of its own. */
  readonly isResource: boolean;
  readonly unknown: string[];
}

function pruneValue(schema: JsonSchema, value: Json, place: Place): Json {
  if (Array.isArray(value)) return pruneList(schema, value, place);
  return isJsonObject(value) ? pruneObject(schema, value, place) : value;
}

function pruneList({ items }: JsonSchema, list: readonly Json[], place: Place): Json {
  if (!items) return list;
  let result: Json[] | undefined;
  for (const [i, item] of list.entries()) {
    const pruned = pruneValue(items, item ?? null, inside(items, place, `${place.path}[${i}]`));
    if (pruned === item) continue;
    result ??= [...list];
    result[i] = pruned;
  }
  return result ?? list;
}

function pruneObject(schema: JsonSchema, object: JsonObject, place: Place): JsonObject {
  let result: Record<string, Json | undefined> | undefined;
  const change = (key: string, value: Json | undefined) => {
    result ??= { ...object };
    if (value === undefined) delete result[key];
    else setOwn(result, key, value);
  };
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value === undefined) continue;
    const path = place.path === '' ? key : `${place.path}.${key}`;
    if (place.isResource && objectFields.has(key)) {
      if (key !== 'metadata' || place.path === '' || !isJsonObject(value)) continue;
      const pruned = pruneMetadata(value, { ...place, path });
      if (pruned !== value) change(key, pruned);
      continue;
    }
    const member = memberSchema(schema, key);
    if (member === 'unknown') {
      place.unknown.push(path);
      change(key, undefined);
    } else if (member !== 'anything') {
      const pruned = pruneValue(member, value, inside(member, place, path));
      if (pruned !== value) change(key, pruned);
    }
  }
  return (result as JsonObject | undefined) ?? object;
}

/** Metadata of an embedded object has the fields of all metadata. That of the object itself is decoded, not pruned. */
function pruneMetadata(metadata: JsonObject, { path, unknown }: Place): JsonObject {
  const fields = builtinSchemas.get(objectMeta)?.properties ?? {};
  const strange = Object.keys(metadata).filter((key) => !Object.hasOwn(fields, key));
  if (strange.length === 0) return metadata;
  unknown.push(...strange.map((key) => `${path}.${key}`));
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !strange.includes(key))) as JsonObject;
}

function memberSchema(schema: JsonSchema, key: string): JsonSchema | 'unknown' | 'anything' {
  const property = schema.properties && getOwn(schema.properties, key);
  if (property) return property;
  const values = valuesOf(schema);
  if (values) return values;
  return preservesUnknown(schema) || schema.additionalProperties === true ? 'anything' : 'unknown';
}

function inside(schema: JsonSchema, { unknown }: Place, path: string): Place {
  return { path, unknown, isResource: schema['x-kubernetes-embedded-resource'] === true };
}
