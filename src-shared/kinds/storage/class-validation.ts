/** What storage classes and volume attributes classes have in common. */
import { forbidden, invalid, required, tooLong } from '../../api/field-errors.ts';
import { qualifiedNameErrors } from '../../api/names.ts';
import type { FieldError } from '../../api/status.ts';
import { jsonEqual } from '../../lib/json.ts';
import { utf8Length } from '../../lib/utf8.ts';
import { invalidEach } from '../validation.ts';

type Parameters = Readonly<Record<string, string>>;

const maxParameters = 512;
const maxParameterBytes = 256 * 1024;

/** The name of a driver, in whatever case. */
export function checkProvisioner(field: string, name: string): FieldError[] {
  if (name === '') return [required(field)];
  const lower = name.toLowerCase();
  return invalidEach(field, lower, qualifiedNameErrors(lower));
}

export function checkParameters(field: string, parameters: Parameters = {}): FieldError[] {
  const entries = Object.entries(parameters);
  if (entries.length > maxParameters) return [tooLong(field, maxParameters)];
  const errors: FieldError[] = [];
  if (Object.hasOwn(parameters, '')) errors.push(invalid(field, '', 'field can not be empty.'));
  const sizeBytes = entries.reduce((sum, [key, value]) => sum + utf8Length(key) + utf8Length(value), 0);
  return sizeBytes > maxParameterBytes ? [...errors, tooLong(field, maxParameterBytes)] : errors;
}

/** An error when the value of a field has changed. */
export function checkUnchanged(field: string, value: unknown, old: unknown): FieldError[] {
  const isSame = jsonEqual(value ?? null, old ?? null);
  return isSame ? [] : [forbidden(field, `updates to ${field} are forbidden.`)];
}
