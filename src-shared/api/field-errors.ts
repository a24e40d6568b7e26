/**
 * Field errors in the words of `k8s.io/apimachinery/pkg/util/validation/field`, which people and tools know.
 * `field` is a path such as `spec.containers[0].image`.
 */
import type { FieldError } from './status.ts';

/** How error texts show a value: strings quoted, null and undefined as `null`, the rest as JSON. */
function shown(value: unknown): string {
  return JSON.stringify(value ?? null) ?? 'null';
}

function withText(head: string, text: string): string {
  return text === '' ? head : `${head}: ${text}`;
}

/** A field that must be there is missing or empty. */
export function required(field: string, text = ''): FieldError {
  return { type: 'FieldValueRequired', field, message: withText('Required value', text) };
}

/** A malformed or unacceptable value. */
export function invalid(field: string, value: unknown, text: string): FieldError {
  return { type: 'FieldValueInvalid', field, message: withText(`Invalid value: ${shown(value)}`, text) };
}

/** A value that is not one of the closed list `supported`, which is shown in the order given. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list =
    supported.length === 0
      ? ''
      : `supported values: ${supported.map((item) => JSON.stringify(item)).join(', ')}`;
  return {
    type: 'FieldValueNotSupported',
    field,
    message: withText(`Unsupported value: ${shown(value)}`, list),
  };
}

/** The value occurs twice where it may only once. */
export function duplicate(field: string, value: unknown): FieldError {
  return { type: 'FieldValueDuplicate', field, message: `Duplicate value: ${shown(value)}` };
}

/** The field may not be set, or not be changed. */
export function forbidden(field: string, text: string): FieldError {
  return { type: 'FieldValueForbidden', field, message: withText('Forbidden', text) };
}

/** What the value refers to does not exist. */
export function notFound(field: string, value: unknown): FieldError {
  return { type: 'FieldValueNotFound', field, message: `Not found: ${shown(value)}` };
}

/** A text longer than `maxLength` bytes; the value itself is not repeated. */
export function tooLong(field: string, maxLength: number): FieldError {
  const text = maxLength === 1 ? 'may not be more than 1 byte' : `may not be more than ${maxLength} bytes`;
  return { type: 'FieldValueTooLong', field, message: `Too long: ${text}` };
}

/** A list of `actual` items where at most `max` are allowed. */
export function tooMany(field: string, actual: number, max: number): FieldError {
  const text = max === 1 ? 'must have at most 1 item' : `must have at most ${max} items`;
  return { type: 'FieldValueTooMany', field, message: `Too many: ${actual}: ${text}` };
}

/** A value of the wrong type. */
export function typeInvalid(field: string, value: unknown, text: string): FieldError {
  return { type: 'FieldValueTypeInvalid', field, message: withText(`Invalid value: ${shown(value)}`, text) };
}

/** An update changed what can never change. */
export function immutable(field: string, value: unknown): FieldError {
  return invalid(field, value, 'field is immutable');
}
