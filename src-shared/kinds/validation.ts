/**
 * Checks that many kinds share, in the words of Kubernetes. `field` is always the path of the value checked.
 * Every function returns all complaints.
 */
import { invalid, notSupported, required } from '../api/field-errors.ts';
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  portNameErrors,
  portNumberErrors,
  qualifiedNameErrors,
} from '../api/names.ts';
import type { FieldError } from '../api/status.ts';
import { compareQuantity, parseQuantity, quantityFormatMessage } from '../lib/quantity.ts';

export const protocols = ['SCTP', 'TCP', 'UDP'];

/** One error per text. */
export function invalidEach(field: string, value: unknown, texts: readonly string[]): FieldError[] {
  return texts.map((text) => invalid(field, value, text));
}

/** A complaint about a value too large or too secret to be repeated. */
export function invalidUnseen(field: string, text: string): FieldError {
  return { type: 'FieldValueInvalid', field, message: `Invalid value: ${text}` };
}

export function checkDnsLabel(field: string, value = ''): FieldError[] {
  return invalidEach(field, value, dnsLabelErrors(value));
}

export function checkDnsSubdomain(field: string, value = ''): FieldError[] {
  return invalidEach(field, value, dnsSubdomainErrors(value));
}

export function checkQualifiedName(field: string, value = ''): FieldError[] {
  return invalidEach(field, value, qualifiedNameErrors(value));
}

/** `value` must be set and one of `supported`. */
export function checkOneOf(
  field: string,
  value: string | undefined,
  supported: readonly string[],
): FieldError[] {
  if (!value) return [required(field)];
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

/** `value` must be one of `supported` when it is there. */
export function checkOptionalOneOf(
  field: string,
  value: string | undefined,
  supported: readonly string[],
): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

export function checkNonNegative(field: string, value: number | undefined): FieldError[] {
  return (value ?? 0) < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : [];
}

export function checkPortNumber(field: string, value: number | undefined): FieldError[] {
  return invalidEach(field, value ?? 0, portNumberErrors(value ?? 0));
}

/** A port by number, or by the name of a container's port. */
export function checkPortNumberOrName(field: string, value: number | string | undefined): FieldError[] {
  if (typeof value === 'string') return invalidEach(field, value, portNameErrors(value));
  return checkPortNumber(field, value);
}

/** A whole number of a closed range. */
export function checkRange(
  field: string,
  value: number,
  { min, max }: { readonly min: number; readonly max: number },
): FieldError[] {
  return value >= min && value <= max
    ? []
    : [invalid(field, value, `must be between ${min} and ${max}, inclusive`)];
}

/** User and group numbers. */
export function checkId(field: string, value: number | undefined): FieldError[] {
  return value === undefined ? [] : checkRange(field, value, { min: 0, max: 2147483647 });
}

/** A well-formed quantity that is not negative. */
export function checkQuantity(field: string, value: string): FieldError[] {
  const quantity = parseQuantity(value);
  if (!quantity) return [invalid(field, value, quantityFormatMessage)];
  return quantity.nanos < 0n ? [invalid(field, value, 'must be greater than or equal to 0')] : [];
}

/** A quantity above zero. */
export function checkPositiveQuantity(field: string, value: string): FieldError[] {
  const quantity = parseQuantity(value);
  if (!quantity) return [invalid(field, value, quantityFormatMessage)];
  return quantity.nanos <= 0n ? [invalid(field, value, 'must be greater than zero')] : [];
}

/** As compareQuantity, undefined when one of the two is malformed (which is complained about elsewhere). */
export function compareQuantities(a: string, b: string): number | undefined {
  return parseQuantity(a) && parseQuantity(b) ? compareQuantity(a, b) : undefined;
}

/** A path without `..` among its parts. */
export function checkNoBacksteps(field: string, path = ''): FieldError[] {
  return path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : [];
}

/** A relative path that stays below its root. */
export function checkDescendingPath(field: string, path = ''): FieldError[] {
  const absolute = path.startsWith('/') ? [invalid(field, path, 'must be a relative path')] : [];
  return [...absolute, ...checkNoBacksteps(field, path)];
}

/** A relative path that stays below its root and does not begin with two dots, which kubelets keep for themselves. */
export function checkLocalPath(field: string, path = ''): FieldError[] {
  const errors = checkDescendingPath(field, path);
  if (path.startsWith('..') && !path.startsWith('../')) {
    errors.push(invalid(field, path, "must not start with '..'"));
  }
  return errors;
}
