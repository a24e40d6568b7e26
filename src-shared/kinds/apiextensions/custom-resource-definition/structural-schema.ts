import { forbidden, invalid, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import { jsonEqual } from '../../../lib/json.ts';
import { type JsonSchema, preservesUnknown, propertiesOf, valuesOf } from '../json-schema.ts';

/**
 * What makes a schema structural: every value is described outside of `allOf`, `anyOf`, `oneOf` and `not`.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 * Source: apiextensions, `ValidateStructural`.
 */

/** Where a schema stands: rules differ at the root. */
type Level = 'root' | 'item' | 'field';

/** Why a schema is not structural, in text order as Kubernetes has it. */
export function structuralErrors(schema: JsonSchema, field: string): FieldError[] {
  const errors = [...checkStructure(schema, 'root', field), ...checkCompleteness(schema, field)];
  return errors.sort((a, b) => (`${a.field}: ${a.message}` < `${b.field}: ${b.message}` ? -1 : 1));
}

function checkStructure(schema: JsonSchema, level: Level, field: string): FieldError[] {
  const errors = [
    ...checkType(schema, level, field),
    ...checkJunctors(schema, field),
    ...checkEmbedded(schema, level, field),
  ];
  if (schema['x-kubernetes-int-or-string'])
    for (const key of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
      if (schema[key])
        errors.push(invalid(`${field}.${key}`, true, 'must be false if x-kubernetes-int-or-string is true'));
  if (schema.type === 'array' && !schema.items) errors.push(required(`${field}.items`, 'must be specified'));
  if (schema.items) errors.push(...checkStructure(schema.items, 'item', `${field}.items`));
  for (const [key, property] of propertiesOf(schema))
    errors.push(...checkStructure(property, 'field', `${field}.properties[${key}]`));
  const at = `${field}.additionalProperties`;
  if (schema.additionalProperties !== undefined && level === 'root')
    errors.push(forbidden(at, 'must not be used at the root'));
  const values = valuesOf(schema);
  return values ? [...errors, ...checkStructure(values, 'field', at)] : errors;
}

const whyTyped: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function checkType(schema: JsonSchema, level: Level, field: string): FieldError[] {
  const at = `${field}.type`;
  const errors =
    level === 'root' && schema.type && schema.type !== 'object'
      ? [invalid(at, schema.type, 'must be object at the root')]
      : [];
  if (schema['x-kubernetes-embedded-resource'] && schema.type !== 'object') {
    const text = 'must be object if x-kubernetes-embedded-resource is true';
    return [...errors, schema.type ? invalid(at, schema.type, text) : required(at, text)];
  }
  if (!schema.type && !schema['x-kubernetes-int-or-string'] && !preservesUnknown(schema))
    return [...errors, required(at, whyTyped[level])];
  return errors;
}

function checkEmbedded(schema: JsonSchema, level: Level, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  if (isEmbedded && schema.additionalProperties !== undefined)
    errors.push(
      forbidden(`${field}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set'),
    );
  if (isEmbedded && !preservesUnknown(schema) && propertiesOf(schema).length === 0)
    errors.push(
      required(
        `${field}.properties`,
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    );
  if (level !== 'root' && !isEmbedded) return errors;
  for (const key of ['kind', 'apiVersion']) {
    const property = schema.properties?.[key];
    if (property && property.type !== 'string')
      errors.push(invalid(`${field}.properties[${key}].type`, property.type ?? '', 'must be string'));
  }
  const metadata = schema.properties?.metadata;
  if (!metadata) return errors;
  const at = `${field}.properties[metadata]`;
  if (metadata.type !== 'object') errors.push(invalid(`${at}.type`, metadata.type ?? '', 'must be object'));
  const { properties, type: _, default: __, ...rest } = metadata;
  const isOther = (key: string) => key !== 'name' && key !== 'generateName';
  if (level === 'root' && (Object.keys(rest).length > 0 || Object.keys(properties ?? {}).some(isOther)))
    errors.push(
      forbidden(
        at,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
  return errors;
}

/** `anyOf` and `allOf` that say no more than that the value is an integer or a string. */
function isIntOrStringPattern(junctor: readonly JsonSchema[] | undefined): boolean {
  return jsonEqual(junctor ?? [], [{ type: 'integer' }, { type: 'string' }]);
}

const structural = [
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'nullable',
] as const;
const plain = ['type', 'title', 'description'] as const;
const undefinedOnes = [
  'default',
  'additionalProperties',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
] as const;
const emptyOnes = ['x-kubernetes-list-map-keys', 'x-kubernetes-validations'] as const;

/** Below `allOf`, `anyOf`, `oneOf` and `not` a schema only judges values: it describes none. */
function checkJunctors(schema: JsonSchema, field: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, nested] of (schema.allOf ?? []).entries()) {
    const isPattern = i === 0 && isIntOrStringPattern(nested.anyOf);
    errors.push(...checkNested(isPattern ? withoutAnyOf(nested) : nested, `${field}.allOf[${i}]`));
  }
  if (!isIntOrStringPattern(schema.anyOf))
    for (const [i, nested] of (schema.anyOf ?? []).entries())
      errors.push(...checkNested(nested, `${field}.anyOf[${i}]`));
  for (const [i, nested] of (schema.oneOf ?? []).entries())
    errors.push(...checkNested(nested, `${field}.oneOf[${i}]`));
  if (schema.not) errors.push(...checkNested(schema.not, `${field}.not`));
  return errors;
}

function withoutAnyOf({ anyOf: _, ...rest }: JsonSchema): JsonSchema {
  return rest;
}

function checkNested(schema: JsonSchema, field: string): FieldError[] {
  const errors = checkJunctors(schema, field);
  for (const key of structural)
    if (schema[key]) errors.push(forbidden(`${field}.${key}`, 'must be false to be structural'));
  for (const key of plain)
    if (schema[key]) errors.push(forbidden(`${field}.${key}`, 'must be empty to be structural'));
  for (const key of undefinedOnes)
    if (schema[key] !== undefined && !(key === 'additionalProperties' && schema[key] === false))
      errors.push(forbidden(`${field}.${key}`, 'must be undefined to be structural'));
  for (const key of emptyOnes)
    if ((schema[key]?.length ?? 0) > 0)
      errors.push(forbidden(`${field}.${key}`, 'must be empty to be structural'));
  if (schema.properties?.metadata)
    errors.push(forbidden(`${field}.properties[metadata]`, 'must not be specified in a nested context'));
  if (schema.items) errors.push(...checkNested(schema.items, `${field}.items`));
  for (const [key, property] of propertiesOf(schema))
    errors.push(...checkNested(property, `${field}.properties[${key}]`));
  return errors;
}

/** What a junctor at the root speaks of must be described outside of it; further inside Kubernetes does not look. */
function checkCompleteness(schema: JsonSchema, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const each = (junctor: 'allOf' | 'anyOf' | 'oneOf') =>
    (schema[junctor] ?? []).flatMap((nested, i) =>
      complete(nested, schema, { field: `${field}.${junctor}[${i}]`, place: field }),
    );
  errors.push(...each('allOf'), ...each('anyOf'), ...each('oneOf'));
  if (schema.not) errors.push(...complete(schema.not, schema, { field: `${field}.not`, place: field }));
  return errors;
}

function complete(
  nested: JsonSchema,
  structure: JsonSchema | undefined,
  at: { readonly field: string; readonly place: string },
): FieldError[] {
  const errors: FieldError[] = [];
  const missing = (place: string, field: string) => required(place, `because it is defined in ${field}`);
  for (const [key, property] of propertiesOf(nested)) {
    const inside = structure?.properties?.[key];
    const place = `${at.place}.properties[${key}]`;
    const field = `${at.field}.properties[${key}]`;
    if (inside) errors.push(...complete(property, inside, { field, place }));
    else errors.push(missing(place, field));
  }
  if (nested.items) {
    const place = `${at.place}.items`;
    const field = `${at.field}.items`;
    if (!structure?.items) errors.push(missing(place, field));
    else errors.push(...complete(nested.items, structure.items, { field, place }));
  }
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const)
    for (const [i, inner] of (nested[junctor] ?? []).entries())
      errors.push(...complete(inner, structure, { ...at, field: `${at.field}.${junctor}[${i}]` }));
  if (nested.not) errors.push(...complete(nested.not, structure, { ...at, field: `${at.field}.not` }));
  return errors;
}
