import {
  type JsonSchema,
  preservesUnknown,
  propertiesOf,
  valuesOf,
} from '@shared/kinds/apiextensions/json-schema.ts';
import type { Schema } from '@shared/schema/schema.ts';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** The name under which OpenAPI knows a custom type: the group backwards, `com.example.stable.v1.CronTab`. */
export function schemaNameOf(group: string, version: string, kind: string): string {
  return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
}

/** A structural schema in the form in which server-side apply and OpenAPI know types. */
export function compileSchema(schema: JsonSchema): Schema {
  return { ...compileResource(schema, 'root'), document: schema };
}

/** The schema of the kind's list. */
export function listSchema(itemName: string): Schema {
  return {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      items: { type: 'array', items: { type: 'object', ref: itemName } },
      kind: { type: 'string' },
      metadata: { type: 'object', ref: `${meta}.ListMeta` },
    },
    required: ['items'],
  };
}

function compileResource(schema: JsonSchema, place: 'root' | 'embedded'): Schema {
  const compiled = compile(schema);
  const properties: Record<string, Schema> = {
    ...compiled.properties,
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object', ref: `${meta}.ObjectMeta` },
  };
  const { properties: _, ...rest } = compiled;
  return place === 'embedded' && !schema.properties && preservesUnknown(schema)
    ? { ...rest, type: 'object', properties, preserveUnknownFields: true }
    : { ...rest, type: 'object', properties };
}

function compileMember(schema: JsonSchema): Schema {
  return schema['x-kubernetes-embedded-resource'] ? compileResource(schema, 'embedded') : compile(schema);
}

function compile(schema: JsonSchema): Schema {
  if (schema['x-kubernetes-int-or-string']) return { type: 'int-or-string' };
  switch (schema.type) {
    case 'array':
      return compileList(schema);
    case 'object':
      return compileObject(schema);
    case 'string':
    case 'boolean':
    case 'integer':
    case 'number':
      return { type: schema.type, ...(schema.format !== undefined && { format: schema.format }) };
    default:
      return { type: 'any', preserveUnknownFields: true };
  }
}

function compileList(schema: JsonSchema): Schema {
  const listType = schema['x-kubernetes-list-type'];
  const listMapKeys = schema['x-kubernetes-list-map-keys'];
  return {
    type: 'array',
    items: schema.items ? compileMember(schema.items) : { type: 'any' },
    ...((listType === 'set' || listType === 'map' || listType === 'atomic') && { listType }),
    ...(listMapKeys && { listMapKeys }),
  };
}

function compileObject(schema: JsonSchema): Schema {
  const values = valuesOf(schema);
  const members = propertiesOf(schema).map(([key, property]) => [key, compileMember(property)] as const);
  const mapType = schema['x-kubernetes-map-type'];
  return {
    type: 'object',
    ...(members.length > 0 && { properties: Object.fromEntries(members) }),
    ...(values && { additionalProperties: compileMember(values) }),
    ...(schema.required && schema.required.length > 0 && { required: schema.required }),
    ...((mapType === 'atomic' || mapType === 'granular') && { mapType }),
    ...(preservesUnknown(schema) && { preserveUnknownFields: true }),
  };
}
