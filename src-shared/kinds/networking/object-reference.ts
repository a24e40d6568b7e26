import { invalid, required } from '../../api/field-errors.ts';
import { pathSegmentErrors } from '../../api/names.ts';
import type { FieldError } from '../../api/status.ts';
import { checkDnsSubdomain, invalidEach } from '../validation.ts';

interface Reference {
  readonly apiGroup?: string;
  readonly kind?: string;
  readonly name?: string;
}

/** A reference to an object of any kind by group, kind and name. */
export function checkObjectReference(field: string, reference: Reference): FieldError[] {
  const { apiGroup, kind, name } = reference;
  return [
    ...(apiGroup === undefined ? [] : checkDnsSubdomain(`${field}.apiGroup`, apiGroup)),
    ...checkSegment(`${field}.kind`, kind, 'kind is required'),
    ...checkSegment(`${field}.name`, name, 'name is required'),
  ];
}

/** A text that must be there and must fit into a path. */
export function checkSegment(field: string, value: string | undefined, missing = ''): FieldError[] {
  return value ? invalidEach(field, value, pathSegmentErrors(value)) : [required(field, missing)];
}

const pathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const pathPattern = new RegExp(`^${pathFormat}$`);

/** `example.com/some/path`, which names a controller or a signer. */
export function checkDomainPrefixedPath(field: string, value: string): FieldError[] {
  if (value === '') return [required(field)];
  const slash = value.indexOf('/');
  const domain = value.slice(0, Math.max(slash, 0));
  const path = value.slice(slash + 1);
  if (slash <= 0 || path === '') {
    return [invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const errors = checkDnsSubdomain(field, domain);
  if (pathPattern.test(path)) return errors;
  return [...errors, invalid(field, path, `Invalid path (regex used for validation is '${pathFormat}')`)];
}
