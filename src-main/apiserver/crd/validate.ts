import {
  duplicate,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from '@shared/api/field-errors.ts';
import type { FieldError } from '@shared/api/status.ts';
import { type JsonSchema, propertiesOf, valuesOf } from '@shared/kinds/apiextensions/json-schema.ts';
import { getOwn, isJsonObject, jsonEqual, stableStringify } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { compilePattern } from '../cel/regex.ts';
import { isOfFormat } from './formats.ts';

/** Where a value stands: its path in the object, and what stood there before the change. */
interface Place {
  readonly field: string;
  /** Undefined: nothing to compare with. */
  readonly old?: Json | undefined;
}

/**
 * Every complaint of the schema about an object, in the words of Kubernetes. With `old`, what was wrong before and
 * has not been touched is let pass (validation ratcheting).
 */
export function validateBySchema(schema: JsonSchema, object: JsonObject, old?: JsonObject): FieldError[] {
  const errors = check(schema, object, { field: '' });
  if (errors.length === 0 || !old) return errors;
  return check(schema, object, { field: '', old });
}

function check(schema: JsonSchema, value: Json, place: Place): FieldError[] {
  if (place.old !== undefined && jsonEqual(place.old, value)) return [];
  const type = typeErrors(schema, value, place.field);
  return [
    ...type,
    ...junctorErrors(schema, value, place),
    ...(typeof value === 'string' ? stringErrors(schema, value, place.field) : []),
    ...(typeof value === 'number' ? numberErrors(schema, value, place.field) : []),
    ...(Array.isArray(value) ? listErrors(schema, value, place) : []),
    ...enumErrors(schema, value, place.field),
    ...(isJsonObject(value) ? objectErrors(schema, value, place) : []),
  ];
}

/** How Kubernetes calls a JSON value's type. */
function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2 ** 63
    ? 'integer'
    : typeof value;
}

function typeErrors(schema: JsonSchema, value: Json, field: string): FieldError[] {
  const type = typeOf(value);
  if (type === 'null' && schema.nullable) return [];
  if (schema['x-kubernetes-int-or-string']) {
    return type === 'integer' || type === 'string'
      ? []
      : [
          typeInvalid(
            field,
            type,
            `${field} in body must be of type integer,string: ${JSON.stringify(type)}`,
          ),
        ];
  }
  if (!schema.type || schema.type === type || (schema.type === 'number' && type === 'integer')) return [];
  return [
    typeInvalid(field, type, `${field} in body must be of type ${schema.type}: ${JSON.stringify(type)}`),
  ];
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

function stringErrors(schema: JsonSchema, value: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const { minLength, maxLength, pattern, format } = schema;
  const length = minLength === undefined && maxLength === undefined ? 0 : lengthOf(value);
  if (maxLength !== undefined && length > maxLength) errors.push(tooLong(field, maxLength));
  if (minLength !== undefined && length < minLength)
    errors.push(invalid(field, value, `${field} in body should be at least ${minLength} chars long`));
  if (pattern && !compilePattern(pattern).test(value))
    errors.push(invalid(field, value, `${field} in body should match '${pattern}'`));
  if (format && !isOfFormat(format, value))
    errors.push(
      invalid(field, value, `${field} in body must be of type ${format}: ${JSON.stringify(value)}`),
    );
  return errors;
}

/** Whole numbers that a format has room for. Others are not checked: JSON's are 64 bits wide. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
};

function numberErrors(schema: JsonSchema, value: number, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const [lowest, highest] = ranges[schema.format ?? ''] ?? [-Infinity, Infinity];
  if (schema.type === 'integer' && (value < lowest || value > highest))
    errors.push(
      invalid('<nil>', '', `Checked value must be of type integer with format ${schema.format} in ${field}`),
    );
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const say = (text: string) => errors.push(invalid(field, value, `${field} in body should be ${text}`));
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) say(`a multiple of ${multipleOf}`);
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    say(exclusiveMaximum ? `less than ${maximum}` : `less than or equal to ${maximum}`);
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    say(exclusiveMinimum ? `greater than ${minimum}` : `greater than or equal to ${minimum}`);
  return errors;
}

function enumErrors(schema: JsonSchema, value: Json, field: string): FieldError[] {
  if (!schema.enum || (value === null && schema.nullable) || schema.enum.some((one) => jsonEqual(one, value)))
    return [];
  const supported = schema.enum.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  return [notSupported(field, value, supported)];
}

function listErrors(schema: JsonSchema, list: readonly Json[], place: Place): FieldError[] {
  const { field } = place;
  const errors: FieldError[] = [];
  const { minItems, maxItems, uniqueItems, items } = schema;
  if (minItems !== undefined && list.length < minItems)
    errors.push(invalid(field, list.length, `${field} in body should have at least ${minItems} items`));
  if (maxItems !== undefined && list.length > maxItems) errors.push(tooMany(field, list.length, maxItems));
  if (uniqueItems && new Set(list.map((item) => stableStringify(item))).size < list.length)
    errors.push(invalid(field, list, `${field} in body shouldn't contain duplicates`));
  if (!items) return errors;
  const before = oldItems(schema, place.old);
  for (const [i, item] of list.entries())
    errors.push(...check(items, item, { field: `${field}[${i}]`, old: before(item) }));
  return errors;
}

/** Finds what an item was before: in keyed lists by its keys; in others an item like it, if there was one. */
function oldItems(schema: JsonSchema, old: Json | undefined): (item: Json) => Json | undefined {
  if (!Array.isArray(old)) return () => undefined;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (schema['x-kubernetes-list-type'] !== 'map' || keys.length === 0)
    return (item) => old.find((before) => jsonEqual(before, item));
  const byKey = new Map(old.map((item) => [listKey(keys, item), item]));
  return (item) => byKey.get(listKey(keys, item));
}

function listKey(keys: readonly string[], item: Json): string {
  return JSON.stringify(keys.map((key) => (isJsonObject(item) ? (getOwn(item, key) ?? null) : null)));
}

function objectErrors(schema: JsonSchema, object: JsonObject, place: Place): FieldError[] {
  const { field } = place;
  const errors: FieldError[] = [];
  const { minProperties, maxProperties } = schema;
  const at = (key: string) => (field === '' ? key : `${field}.${key}`);
  const size = Object.keys(object).length;
  if (minProperties !== undefined && size < minProperties)
    errors.push(invalid(field, size, `${field} in body should have at least ${minProperties} properties`));
  if (maxProperties !== undefined && size > maxProperties) errors.push(tooMany(field, size, maxProperties));
  const old = isJsonObject(place.old) ? place.old : {};
  const values = valuesOf(schema);
  for (const key of schema.required ?? []) {
    if (object[key] === undefined || !Object.hasOwn(object, key)) errors.push(required(at(key)));
  }
  for (const [key, property] of propertiesOf(schema)) {
    const value = getOwn(object, key);
    if (value !== undefined)
      errors.push(...check(property, value, { field: at(key), old: getOwn(old, key) }));
  }
  if (!values) return errors;
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined || (schema.properties && Object.hasOwn(schema.properties, key))) continue;
    errors.push(...check(values, value, { field: at(key), old: getOwn(old, key) }));
  }
  return errors;
}

function junctorErrors(schema: JsonSchema, value: Json, place: Place): FieldError[] {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  if (allOf.length + anyOf.length + oneOf.length === 0 && !not) return [];
  const errors: FieldError[] = [];
  const name = JSON.stringify(place.field);
  const say = (text: string) => errors.push(invalid('<nil>', '', `${name} ${text}`));
  if (anyOf.length > 0 && !schema['x-kubernetes-int-or-string']) {
    const results = anyOf.map((one) => check(one, value, place));
    if (results.every((result) => result.length > 0)) {
      say('must validate at least one schema (anyOf)');
      errors.push(...fewest(results));
    }
  }
  if (oneOf.length > 0) {
    const results = oneOf.map((one) => check(one, value, place));
    const valid = results.filter((result) => result.length === 0).length;
    if (valid === 0) {
      say('must validate one and only one schema (oneOf). Found none valid');
      errors.push(...fewest(results));
    } else if (valid > 1)
      say(`must validate one and only one schema (oneOf). Found ${valid} valid alternatives`);
  }
  const failed = allOf.map((one) => check(one, value, place)).filter((result) => result.length > 0);
  if (failed.length > 0) {
    say(`must validate all the schemas (allOf)${failed.length === allOf.length ? '. None validated' : ''}`);
    errors.push(...failed.flat());
  }
  if (not && check(not, value, { field: place.field }).length === 0)
    say('must not validate the schema (not)');
  return errors;
}

function fewest(results: readonly FieldError[][]): FieldError[] {
  return results.reduce((best, result) => (result.length < best.length ? result : best), results[0] ?? []);
}

/** Items that occur twice in sets and keyed lists, anywhere in the object. With `old`: in lists that had none. */
export function duplicateItems(schema: JsonSchema, object: JsonObject, old?: JsonObject): FieldError[] {
  const errors = duplicates(schema, object, '');
  if (errors.length === 0 || !old || duplicates(schema, old, '').length === 0) return errors;
  return [];
}

function duplicates(schema: JsonSchema, value: Json | undefined, field: string): FieldError[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    const inner = items ? value.flatMap((item, i) => duplicates(items, item, `${field}[${i}]`)) : [];
    return [...duplicatesOf(schema, value, field), ...inner];
  }
  if (!isJsonObject(value)) return [];
  const values = valuesOf(schema);
  return Object.entries(value).flatMap(([key, member]) => {
    const inner = (schema.properties && getOwn(schema.properties, key)) ?? values;
    return inner && member !== undefined
      ? duplicates(inner, member, field === '' ? key : `${field}.${key}`)
      : [];
  });
}

function duplicatesOf(schema: JsonSchema, list: readonly Json[], field: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (listType !== 'set' && listType !== 'map') return [];
  const seen = new Set<string>();
  return list.flatMap((item, i) => {
    const id = listType === 'set' ? stableStringify(item) : listKey(keys, item);
    const isKnown = seen.has(id);
    seen.add(id);
    if (!isKnown) return [];
    const shown =
      listType === 'set' || !isJsonObject(item)
        ? item
        : Object.fromEntries(keys.map((key) => [key, getOwn(item, key) ?? null]));
    return [duplicate(`${field}[${i}]`, shown)];
  });
}
