import { duplicate, invalid, required, tooLong, tooMany, typeInvalid } from '../../api/field-errors.ts';
import { dnsSubdomainErrors } from '../../api/names.ts';
import type { FieldError } from '../../api/status.ts';
import { utf8Length } from '../../lib/utf8.ts';
import { checkDriverName } from '../core/persistent-volume/volume-source-validation.ts';
import { invalidEach } from '../validation.ts';

type Check<T> = (field: string, item: T) => FieldError[];

/** Every item checked, and not too many of them. */
export function checkItems<T>(
  field: string,
  items: readonly T[],
  max: number,
  check: Check<T>,
): FieldError[] {
  const errors = items.flatMap((item, index) => check(`${field}[${index}]`, item));
  return items.length > max ? [...errors, tooMany(field, items.length, max)] : errors;
}

/** An error for each item whose key an earlier one has; `name` is the key's field, '' for the item itself. */
export function checkUnique<T>(
  field: string,
  items: readonly T[],
  { name, keyOf }: { readonly name: string; keyOf(item: T): string },
): FieldError[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const key = keyOf(item);
    const isTaken = seen.has(key);
    seen.add(key);
    return isTaken ? [duplicate(`${field}[${index}]${name === '' ? '' : `.${name}`}`, key)] : [];
  });
}

const maxIdBytes = 32;
const maxPoolNameBytes = 253;
const identifierFormat = '[A-Za-z_][A-Za-z0-9_]*';
const identifierPattern = new RegExp(`^${identifierFormat}$`);
const identifierText =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'" +
  ` (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '${identifierFormat}')`;

function checkIdentifier(field: string, id: string): FieldError[] {
  return [
    ...(utf8Length(id) > maxIdBytes ? [tooLong(field, maxIdBytes)] : []),
    ...(identifierPattern.test(id) ? [] : [typeInvalid(field, id, identifierText)]),
  ];
}

/** Names of attributes: an identifier, after the domain of a driver if it is not the driver's own. */
export function checkAttributeName(field: string, name: string): FieldError[] {
  if (name === '') return [required(field, 'name required')];
  const parts = name.split('/');
  if (parts.length === 1) return checkIdentifier(field, name);
  if (parts.length > 2) return [];
  const [domain = '', id = ''] = parts;
  return [
    ...(domain === '' ? [required(field, 'the domain must not be empty')] : checkDriverName(field, domain)),
    ...(id === '' ? [required(field, 'the name must not be empty')] : checkIdentifier(field, id)),
  ];
}

/** As {@link checkAttributeName}, the domain always said. */
export function checkFullAttributeName(field: string, name: string): FieldError[] {
  const errors = checkAttributeName(field, name);
  return name === '' || name.includes('/')
    ? errors
    : [...errors, invalid(field, name, 'must include a domain')];
}

/** Names of pools: subdomains, with slashes between them. */
export function checkPoolName(field: string, name: string): FieldError[] {
  if (name === '') return [required(field)];
  return [
    ...(utf8Length(name) > maxPoolNameBytes ? [tooLong(field, maxPoolNameBytes)] : []),
    ...name.split('/').flatMap((part) => invalidEach(field, part, dnsSubdomainErrors(part))),
  ];
}
