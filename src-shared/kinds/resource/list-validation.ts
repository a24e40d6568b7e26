import { duplicate, invalid, required, tooLong, tooMany } from '../../api/field-errors.ts';
import { dnsSubdomainErrors } from '../../api/names.ts';
import type { FieldError } from '../../api/status.ts';
import { utf8Length } from '../../lib/utf8.ts';
import { checkDriverName } from '../core/persistent-volume/volume-source-validation.ts';
import { invalidEach } from '../validation.ts';

type Check<T> = (field: string, item: T) => FieldError[];

/** Every item checked; when there are too many of them, nothing but that is said. */
export function checkItems<T>(
  field: string,
  items: readonly T[],
  max: number,
  check: Check<T>,
): FieldError[] {
  if (items.length > max) return [tooMany(field, items.length, max)];
  return items.flatMap((item, index) => check(`${field}[${index}]`, item));
}

/** As {@link checkItems}, and an error for each item whose key an earlier one has. */
export function checkSet<T>(
  field: string,
  items: readonly T[],
  { max, keyOf, check }: { readonly max: number; keyOf(item: T): string; readonly check: Check<T> },
): FieldError[] {
  const errors = checkItems(field, items, max, check);
  return items.length > max ? errors : [...errors, ...checkUnique(field, items, keyOf)];
}

function checkUnique<T>(field: string, items: readonly T[], keyOf: (item: T) => string): FieldError[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const key = keyOf(item);
    const isTaken = seen.has(key);
    seen.add(key);
    return isTaken ? [duplicate(`${field}[${index}]`, key)] : [];
  });
}

/** Every key and value of a map checked; when there are too many of them, nothing but that is said. */
export function checkEntries<T>(
  field: string,
  entries: Readonly<Record<string, T>>,
  {
    max = Number.POSITIVE_INFINITY,
    check,
  }: { readonly max?: number; check(at: string, key: string, value: T): FieldError[] },
): FieldError[] {
  const list = Object.entries(entries);
  if (list.length > max) return [tooMany(field, list.length, max)];
  return list.flatMap(([key, value]) => check(`${field}[${key}]`, key, value));
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
    ...(identifierPattern.test(id) ? [] : [invalid(field, id, identifierText)]),
  ];
}

/** Names of attributes: an identifier, after the domain of a driver if it is not the driver's own. */
export function checkAttributeName(field: string, name: string): FieldError[] {
  const parts = name.split('/');
  if (parts.length === 1) return checkIdentifier(field, name);
  if (parts.length > 2) return [];
  const [domain = '', id = ''] = parts;
  return [
    ...(domain === ''
      ? [invalid(field, '', 'the domain must not be empty')]
      : checkDriverName(field, domain)),
    ...(id === '' ? [invalid(field, '', 'the name must not be empty')] : checkIdentifier(field, id)),
  ];
}

/** As {@link checkAttributeName}, the domain always said. */
export function checkFullAttributeName(field: string, name: string): FieldError[] {
  const errors = checkAttributeName(field, name);
  const text = 'a fully qualified name must be a domain and a name separated by a slash';
  return name.includes('/') ? errors : [...errors, invalid(field, name, text)];
}

/** Names of pools: subdomains, with slashes between them. */
export function checkPoolName(field: string, name: string): FieldError[] {
  if (name === '') return [required(field)];
  return [
    ...(utf8Length(name) > maxPoolNameBytes ? [tooLong(field, maxPoolNameBytes)] : []),
    ...name.split('/').flatMap((part) => invalidEach(field, part, dnsSubdomainErrors(part))),
  ];
}
