import { type JsonSchema, propertiesOf, valuesOf } from '@shared/kinds/apiextensions/json-schema.ts';
import { getOwn, isJsonObject, setOwn } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';

/**
 * The object with the schema's defaults where it says nothing, also within defaults; nulls of fields that may not be
 * null are replaced by the default, or removed. What needs no change is shared, up to the object itself.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
export function withDefaults(schema: JsonSchema, object: JsonObject): JsonObject {
  return defaulted(schema, object) as JsonObject;
}

/** Whether the schema has a default anywhere, or may meet nulls it has to remove. */
export function hasDefaults(schema: JsonSchema): boolean {
  if (schema.default !== undefined) return true;
  const parts = [...propertiesOf(schema).map(([, property]) => property), schema.items, valuesOf(schema)];
  return parts.some((part) => part !== undefined && hasDefaults(part));
}

function defaulted(schema: JsonSchema, value: Json): Json {
  if (Array.isArray(value)) return defaultedList(schema, value);
  return isJsonObject(value) ? defaultedObject(schema, value) : value;
}

function defaultedList({ items }: JsonSchema, list: readonly Json[]): Json {
  if (!items) return list;
  let result: Json[] | undefined;
  for (const [i, item] of list.entries()) {
    const present = item === null && !items.nullable && items.default !== undefined ? items.default : item;
    const next = defaulted(items, present);
    if (next === item) continue;
    result ??= [...list];
    result[i] = next;
  }
  return result ?? list;
}

function defaultedObject(schema: JsonSchema, object: JsonObject): JsonObject {
  let result: Record<string, Json | undefined> | undefined;
  const change = (key: string, value: Json | undefined) => {
    result ??= { ...object };
    if (value === undefined) delete result[key];
    else setOwn(result, key, value);
  };
  for (const [key, property] of propertiesOf(schema)) {
    const value = getOwn(object, key);
    const isMissing = value === undefined || (value === null && property.nullable !== true);
    if (!isMissing) {
      const next = defaulted(property, value);
      if (next !== value) change(key, next);
    } else if (property.default !== undefined) change(key, defaulted(property, property.default));
    else if (value === null) change(key, undefined);
  }
  const values = valuesOf(schema);
  if (values) {
    for (const [key, value] of Object.entries(object)) {
      if (value === undefined || (schema.properties && Object.hasOwn(schema.properties, key))) continue;
      const present =
        value === null && !values.nullable && values.default !== undefined ? values.default : value;
      const next = defaulted(values, present);
      if (next !== value) change(key, next);
    }
  }
  return (result as JsonObject | undefined) ?? object;
}
