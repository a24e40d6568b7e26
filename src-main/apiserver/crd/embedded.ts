import { invalid, required } from '@shared/api/field-errors.ts';
import { validateObjectMeta } from '@shared/api/object-meta.ts';
import type { FieldError } from '@shared/api/status.ts';
import { type JsonSchema, propertiesOf, valuesOf } from '@shared/kinds/apiextensions/json-schema.ts';
import { getOwn, isJsonObject } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';

/** Complaints about objects within the object (`x-kubernetes-embedded-resource`): they need a type and sound metadata. */
export function embeddedErrors(schema: JsonSchema, object: JsonObject): FieldError[] {
  if (!holdsEmbedded(schema)) return [];
  return walk(schema, object, '');
}

const known = new WeakMap<JsonSchema, boolean>();

function holdsEmbedded(schema: JsonSchema): boolean {
  let holds = known.get(schema);
  if (holds === undefined) {
    const parts = [...propertiesOf(schema).map(([, part]) => part), schema.items, valuesOf(schema)];
    holds = parts.some((part) => part && (part['x-kubernetes-embedded-resource'] || holdsEmbedded(part)));
    known.set(schema, holds);
  }
  return holds;
}

function walk(schema: JsonSchema, value: Json | undefined, field: string): FieldError[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, i) => at(items, item, `${field}[${i}]`)) : [];
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const inner = (schema.properties && getOwn(schema.properties, key)) ?? valuesOf(schema);
    return inner ? at(inner, member, field === '' ? key : `${field}.${key}`) : [];
  });
}

function at(schema: JsonSchema, value: Json | undefined, field: string): FieldError[] {
  const errors = walk(schema, value, field);
  if (!schema['x-kubernetes-embedded-resource'] || !isJsonObject(value)) return errors;
  for (const key of ['apiVersion', 'kind']) {
    const text = value[key];
    if (text === undefined || text === '') errors.push(required(`${field}.${key}`, 'must not be empty'));
    else if (typeof text !== 'string') errors.push(invalid(`${field}.${key}`, text, 'must be a string'));
  }
  const { metadata } = value;
  if (!isJsonObject(metadata)) return errors;
  const rules = { nameRule: 'path-segment', namespaced: false } as const;
  const found = validateObjectMeta(rules, metadata, { creating: false });
  return [...errors, ...found.map((error) => ({ ...error, field: `${field}.${error.field}` }))];
}
