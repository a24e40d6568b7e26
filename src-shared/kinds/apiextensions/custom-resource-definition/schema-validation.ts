import { duplicate, forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import { jsonEqual } from '../../../lib/json.ts';
import type { JsonObject } from '../../../lib/types.ts';
import { type JsonSchema, preservesUnknown, propertiesOf, valuesOf } from '../json-schema.ts';

/**
 * Structural schemas. https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */

/** Where a schema stands: rules differ at the root. */
type Level = 'root' | 'item' | 'field';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Every complaint about a schema, in text order as Kubernetes has them. */
export function validateSchema(schema: JsonSchema, field: string): FieldError[] {
  const errors = [...checkStructure(schema, 'root', field), ...checkCompleteness(schema, schema, field)];
  return errors.sort((a, b) => (`${a.field}: ${a.message}` < `${b.field}: ${b.message}` ? -1 : 1));
}

const unsupported = [
  '$ref',
  'definitions',
  'dependencies',
  'patternProperties',
  'additionalItems',
  'id',
] as const;

function checkForbidden(schema: JsonSchema, field: string): FieldError[] {
  const members = schema as unknown as JsonObject;
  const errors = unsupported
    .filter((key) => members[key] !== undefined && members[key] !== '')
    .map((key) => forbidden(`${field}.${key}`, `${key} is not supported`));
  if (schema.uniqueItems)
    errors.push(
      forbidden(
        `${field}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  if (schema.type === 'null')
    errors.push(forbidden(`${field}.type`, 'type cannot be set to null, use nullable as an alternative'));
  else if (schema.type && !types.includes(schema.type))
    errors.push(notSupported(`${field}.type`, schema.type, types));
  if (Array.isArray(schema.items))
    errors.push(forbidden(`${field}.items`, 'items must be a schema object and not an array'));
  return errors;
}

function checkStructure(schema: JsonSchema, level: Level, field: string): FieldError[] {
  const errors = [
    ...checkForbidden(schema, field),
    ...checkType(schema, level, field),
    ...checkExtensions(schema, field),
    ...checkJunctors(schema, field),
    ...checkEmbedded(schema, level, field),
    ...checkDefault(schema, level, field),
  ];
  if (schema.type === 'array' && !schema.items) errors.push(required(`${field}.items`, 'must be specified'));
  if (schema.items && !Array.isArray(schema.items))
    errors.push(...checkStructure(schema.items, 'item', `${field}.items`));
  for (const [key, property] of propertiesOf(schema))
    errors.push(...checkStructure(property, 'field', `${field}.properties[${key}]`));
  if (schema.additionalProperties !== undefined) {
    const at = `${field}.additionalProperties`;
    if (level === 'root') errors.push(forbidden(at, 'must not be used at the root'));
    if (propertiesOf(schema).length > 0 && schema.additionalProperties !== true)
      errors.push(forbidden(at, 'additionalProperties and properties are mutual exclusive'));
    if (schema.additionalProperties === false)
      errors.push(forbidden(at, 'additionalProperties cannot be set to false'));
    const values = valuesOf(schema);
    if (values) errors.push(...checkStructure(values, 'field', at));
  }
  return errors;
}

const whyTyped: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function checkType(schema: JsonSchema, level: Level, field: string): FieldError[] {
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true;
  if (schema['x-kubernetes-embedded-resource'] && schema.type !== 'object') {
    const text = 'must be object if x-kubernetes-embedded-resource is true';
    return [schema.type ? invalid(`${field}.type`, schema.type, text) : required(`${field}.type`, text)];
  }
  if (!schema.type && !isIntOrString && !preservesUnknown(schema))
    return [required(`${field}.type`, whyTyped[level])];
  if (level === 'root' && schema.type && schema.type !== 'object')
    return [invalid(`${field}.type`, schema.type, 'must be object at the root')];
  if (isIntOrString && schema.type)
    return [invalid(`${field}.type`, schema.type, 'must be empty if x-kubernetes-int-or-string is true')];
  return [];
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
  const named = ['name', 'generateName'];
  const { properties, type: _, description: __, ...rest } = metadata;
  if (
    level === 'root' &&
    (Object.keys(rest).length > 0 || Object.keys(properties ?? {}).some((key) => !named.includes(key)))
  )
    errors.push(
      forbidden(
        at,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
  return errors;
}

function checkExtensions(schema: JsonSchema, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const listType = schema['x-kubernetes-list-type'];
  const mapKeys = schema['x-kubernetes-list-map-keys'] ?? [];
  const listField = `${field}.x-kubernetes-list-type`;
  if (schema['x-kubernetes-int-or-string']) {
    for (const key of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
      if (schema[key])
        errors.push(invalid(`${field}.${key}`, true, 'must be false if x-kubernetes-int-or-string is true'));
  }
  if (listType) {
    if (!['atomic', 'map', 'set'].includes(listType))
      errors.push(notSupported(listField, listType, ['atomic', 'map', 'set']));
    if (schema.type !== 'array')
      errors.push(
        schema.type
          ? invalid(`${field}.type`, schema.type, 'must be array if x-kubernetes-list-type is specified')
          : required(`${field}.type`, 'must be array if x-kubernetes-list-type is specified'),
      );
  }
  if (listType === 'map') errors.push(...checkMapList(schema, mapKeys, field));
  else if (mapKeys.length > 0)
    errors.push(
      listType
        ? invalid(listField, listType, 'must be map if x-kubernetes-list-map-keys is non-empty')
        : required(listField, 'must be map if x-kubernetes-list-map-keys is non-empty'),
    );
  if (listType === 'set') errors.push(...checkSetItems(schema.items, `${field}.items`));
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType) {
    if (!['atomic', 'granular'].includes(mapType))
      errors.push(notSupported(`${field}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
    if (schema.type !== 'object')
      errors.push(
        invalid(`${field}.type`, schema.type ?? '', 'must be object if x-kubernetes-map-type is specified'),
      );
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    errors.push(invalid(`${field}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  for (const [i, rule] of (schema['x-kubernetes-validations'] ?? []).entries()) {
    const at = `${field}.x-kubernetes-validations[${i}]`;
    if (!rule.rule?.trim()) errors.push(required(`${at}.rule`, 'rule is not specified'));
    if (rule.message !== undefined && rule.message.trim() === '' && rule.message !== '')
      errors.push(invalid(`${at}.message`, rule.message, 'message must be non-empty if specified'));
    if (rule.message?.includes('\n'))
      errors.push(invalid(`${at}.message`, rule.message, 'message must not contain line breaks'));
    if (rule.rule?.includes('\n') && !rule.message)
      errors.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'));
    if (rule.reason && !reasons.includes(rule.reason))
      errors.push(notSupported(`${at}.reason`, rule.reason, reasons));
  }
  return errors;
}

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

function checkMapList({ items }: JsonSchema, keys: readonly string[], field: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = `${field}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) errors.push(required(at, 'must not be empty if x-kubernetes-list-type is map'));
  if (!items) return errors;
  if (items.type !== 'object')
    errors.push(
      invalid(
        `${field}.items.type`,
        items.type ?? '',
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    );
  const seen = new Set<string>();
  for (const [i, key] of keys.entries()) {
    if (seen.has(key)) errors.push(duplicate(`${at}[${i}]`, key));
    seen.add(key);
    const property = items.properties?.[key];
    if (!property) {
      errors.push(invalid(`${at}[${i}]`, key, 'entries must all be names of item properties'));
      continue;
    }
    if (property.type === 'object' || property.type === 'array')
      errors.push(
        invalid(
          `${field}.items.properties[${key}].type`,
          property.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    if (property.default === undefined && !items.required?.includes(key))
      errors.push(
        required(
          `${field}.items.properties[${key}].default`,
          `this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
        ),
      );
  }
  return errors;
}

function checkSetItems(items: JsonSchema | undefined, field: string): FieldError[] {
  if (!items) return [];
  const errors: FieldError[] = [];
  if (items.nullable)
    errors.push(forbidden(`${field}.nullable`, 'cannot be nullable when x-kubernetes-list-type is set'));
  if (items.type === 'array' && items['x-kubernetes-list-type'] !== 'atomic')
    errors.push(
      invalid(
        `${field}.x-kubernetes-list-type`,
        items['x-kubernetes-list-type'] ?? null,
        'must be atomic as item of a list with x-kubernetes-list-type=set',
      ),
    );
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    errors.push(
      invalid(
        `${field}.x-kubernetes-map-type`,
        items['x-kubernetes-map-type'] ?? null,
        'must be atomic as item of a list with x-kubernetes-list-type=set',
      ),
    );
  return errors;
}

function checkDefault(schema: JsonSchema, level: Level, field: string): FieldError[] {
  if (schema.default === undefined) return [];
  if (level === 'root') return [forbidden(`${field}.default`, 'must not be set at the root')];
  return [];
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
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true;
  const errors: FieldError[] = [];
  for (const [i, nested] of (schema.allOf ?? []).entries()) {
    const isPattern = isIntOrString && i === 0 && isIntOrStringPattern(nested.anyOf);
    errors.push(...checkNested(isPattern ? withoutAnyOf(nested) : nested, `${field}.allOf[${i}]`));
  }
  if (!(isIntOrString && isIntOrStringPattern(schema.anyOf)))
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
  const errors = [...checkForbidden(schema, field), ...checkJunctors(schema, field)];
  for (const key of structural)
    if (schema[key]) errors.push(forbidden(`${field}.${key}`, 'must be false to be structural'));
  for (const key of plain)
    if (schema[key]) errors.push(forbidden(`${field}.${key}`, 'must be empty to be structural'));
  for (const key of undefinedOnes)
    if (schema[key] !== undefined)
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

/** What a junctor speaks of must be described outside of it. */
function checkCompleteness(schema: JsonSchema, structure: JsonSchema, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const each = (junctor: 'allOf' | 'anyOf' | 'oneOf') =>
    (schema[junctor] ?? []).flatMap((nested, i) =>
      complete(nested, structure, { field: `${field}.${junctor}[${i}]`, place: field }),
    );
  errors.push(...each('allOf'), ...each('anyOf'), ...each('oneOf'));
  if (schema.not) errors.push(...complete(schema.not, structure, { field: `${field}.not`, place: field }));
  for (const [key, property] of propertiesOf(schema))
    errors.push(...checkCompleteness(property, property, `${field}.properties[${key}]`));
  if (schema.items && !Array.isArray(schema.items))
    errors.push(...checkCompleteness(schema.items, schema.items, `${field}.items`));
  const values = valuesOf(schema);
  if (values) errors.push(...checkCompleteness(values, values, `${field}.additionalProperties`));
  return errors;
}

function complete(
  nested: JsonSchema,
  structure: JsonSchema | undefined,
  at: { readonly field: string; readonly place: string },
): FieldError[] {
  const errors: FieldError[] = [];
  const missing = (place: string, field: string) =>
    required(place, `because it is defined in ${field.slice(field.indexOf('.schema.') + 1)}`);
  for (const [key, property] of propertiesOf(nested)) {
    const inside = structure?.properties?.[key];
    const place = `${at.place}.properties[${key}]`;
    const field = `${at.field}.properties[${key}]`;
    if (!inside && !valuesOf(structure)) errors.push(missing(place, field));
    else errors.push(...complete(property, inside ?? valuesOf(structure), { field, place }));
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
