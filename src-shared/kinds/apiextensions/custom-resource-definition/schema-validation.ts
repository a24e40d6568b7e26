import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { JsonObject } from '../../../lib/types.ts';
import { type JsonSchema, propertiesOf, schemaParts, valuesOf } from '../json-schema.ts';
import { ruleFormErrors } from './rule-form.ts';
import { structuralErrors } from './structural-schema.ts';

/** What is wrong with a schema. Whoever compiles its rules needs to know which of the two it is. */
export interface SchemaFaults {
  /** Whether there is a structure that can be judged. */
  readonly isReadable: boolean;
  /** It does not describe every value. */
  readonly structural: readonly FieldError[];
  /** It says what it may not say. */
  readonly schema: readonly FieldError[];
}

/** Every complaint about a schema. Patterns, defaults and rules are judged by the server, for it runs them. */
export function schemaFaults(schema: JsonSchema, field: string): SchemaFaults {
  const errors = check(schema, field, { isRoot: true, isInMeta: false, noDefaults: undefined });
  if (!isReadable(schema)) return { isReadable: false, structural: [], schema: errors };
  return { isReadable: true, structural: structuralErrors(schema, field), schema: errors };
}

interface Context {
  readonly isRoot: boolean;
  /** Of `metadata`, `apiVersion` or `kind`, of the whole or of an object within. */
  readonly isInMeta: boolean;
  /** Why there may be no default. */
  readonly noDefaults: string | undefined;
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const unsupported = [
  'id',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
  '$ref',
] as const;
const metaFields = new Set(['metadata', 'kind', 'apiVersion']);

/** Nothing in it that structural schemas have no word for. */
function isReadable(schema: JsonSchema): boolean {
  return (
    !Array.isArray(schema.items) &&
    schema['x-kubernetes-preserve-unknown-fields'] !== false &&
    unsupported.every((key) => !isThere(schema, key)) &&
    schemaParts(schema).every(([, part]) => isReadable(part))
  );
}

function isThere(schema: JsonSchema, key: string): boolean {
  const member = (schema as unknown as JsonObject)[key];
  return member !== undefined && member !== null && member !== '';
}

function check(schema: JsonSchema, field: string, context: Context): FieldError[] {
  return [
    ...standardErrors(schema, field, context),
    ...extensionErrors(schema, field),
    ...ruleFormErrors(schema, field),
    ...schemaParts(schema).flatMap(([name, part]) =>
      check(part, `${field}.${name}`, contextOf(name, schema, context)),
    ),
  ];
}

function contextOf(part: string, schema: JsonSchema, { isRoot, ...around }: Context): Context {
  const inside = { ...around, isRoot: false };
  if (part === 'additionalProperties')
    return around.isInMeta
      ? { ...inside, noDefaults: 'inside additionalProperties applying to object metadata' }
      : inside;
  const [, property] = /^properties\[(.*)\]$/s.exec(part) ?? [];
  if (property === undefined || !metaFields.has(property)) return inside;
  if (!isRoot && !schema['x-kubernetes-embedded-resource']) return inside;
  return { ...inside, isInMeta: true, ...(isRoot && { noDefaults: `in top-level ${property}` }) };
}

function standardErrors(schema: JsonSchema, field: string, { isInMeta, noDefaults }: Context): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (key: string, text: string) => errors.push(forbidden(`${field}.${key}`, text));
  if (schema.type && !types.includes(schema.type))
    errors.push(notSupported(`${field}.type`, schema.type, types));
  if (schema.default !== undefined && noDefaults) forbid('default', `must not be set ${noDefaults}`);
  for (const key of unsupported) if (isThere(schema, key)) forbid(key, `${key} is not supported`);
  if (schema.type === 'null') forbid('type', 'type cannot be set to null, use nullable as an alternative');
  if (Array.isArray(schema.items)) forbid('items', 'items must be a schema object and not an array');
  if (isInMeta && schema['x-kubernetes-embedded-resource'])
    forbid('x-kubernetes-embedded-resource', 'must not be used inside of resource meta');
  if (schema.uniqueItems)
    forbid('uniqueItems', 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  const { additionalProperties: rest } = schema;
  if (propertiesOf(schema).length > 0 && (rest === false || valuesOf(schema)))
    forbid('additionalProperties', 'additionalProperties and properties are mutual exclusive');
  return errors;
}

function extensionErrors(schema: JsonSchema, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const listType = schema['x-kubernetes-list-type'];
  const mapType = schema['x-kubernetes-map-type'];
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    errors.push(invalid(`${field}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  if (mapType !== undefined) {
    errors.push(...typeErrors(schema, field, { wanted: 'object', by: 'x-kubernetes-map-type' }));
    if (!['atomic', 'granular'].includes(mapType))
      errors.push(notSupported(`${field}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
  }
  if (listType !== undefined) {
    errors.push(...typeErrors(schema, field, { wanted: 'array', by: 'x-kubernetes-list-type' }));
    if (!['atomic', 'set', 'map'].includes(listType))
      errors.push(notSupported(`${field}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']));
  }
  return [
    ...errors,
    ...setErrors(schema, field),
    ...mapListErrors(schema, field),
    ...nullErrors(schema, field),
  ];
}

function typeErrors(
  { type }: JsonSchema,
  field: string,
  { wanted, by }: { readonly wanted: string; readonly by: string },
): FieldError[] {
  if (type === wanted) return [];
  const text = `must be ${wanted} if ${by} is specified`;
  return [type ? invalid(`${field}.type`, type, text) : required(`${field}.type`, text)];
}

/** Items of sets are compared as wholes. */
function setErrors({ type, items, ...schema }: JsonSchema, field: string): FieldError[] {
  if (schema['x-kubernetes-list-type'] !== 'set' || type !== 'array' || !items) return [];
  const text = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items['x-kubernetes-list-type'];
  const mapType = items['x-kubernetes-map-type'];
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic')
    return [invalid(`${field}.items.x-kubernetes-list-type`, listType, text)];
  if (items.type === 'object' && mapType !== 'atomic')
    return [invalid(`${field}.items.x-kubernetes-map-type`, mapType ?? null, text)];
  return [];
}

function mapListErrors(schema: JsonSchema, field: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const errors: FieldError[] = [];
  if (listType !== 'map') {
    const text = 'must be map if x-kubernetes-list-map-keys is non-empty';
    const at = `${field}.x-kubernetes-list-type`;
    if (keys.length > 0) errors.push(listType ? invalid(at, listType, text) : required(at, text));
    return errors;
  }
  const at = `${field}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) errors.push(required(at, 'must not be empty if x-kubernetes-list-type is map'));
  const { items } = schema;
  if (!items)
    return [...errors, required(`${field}.items`, 'must have a schema if x-kubernetes-list-type is map')];
  if (Array.isArray(items))
    return [
      ...errors,
      invalid(`${field}.items`, items, 'must only have a single schema if x-kubernetes-list-type is map'),
    ];
  if (items.type !== 'object') {
    const text = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, invalid(`${field}.items.type`, items.type ?? '', text)];
  }
  for (const [i, key] of keys.entries()) {
    const property = items.properties?.[key];
    const place = `${field}.items.properties[${key}].type`;
    if (!property) errors.push(invalid(at, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object')
      errors.push(
        invalid(place, items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"),
      );
    if (keys.indexOf(key) < i) errors.push(invalid(at, keys, 'must not contain duplicate entries'));
  }
  return errors;
}

/** Keys of lists, and items that are found by them or as wholes, are always there. */
function nullErrors({ items, ...schema }: JsonSchema, field: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  if (!items || (listType !== 'set' && listType !== 'map')) return [];
  const errors = items.nullable
    ? [forbidden(`${field}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`)]
    : [];
  if (listType === 'set') return errors;
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = items.properties?.[key];
    const at = `${field}.items.properties[${key}]`;
    if (!property) continue;
    const why = 'this property is in x-kubernetes-list-map-keys, so it';
    if (property.default === undefined && !items.required?.includes(key))
      errors.push(required(`${at}.default`, `${why} must have a default or be a required property`));
    if (property.nullable) errors.push(forbidden(`${at}.nullable`, `${why} cannot be nullable`));
  }
  return errors;
}
