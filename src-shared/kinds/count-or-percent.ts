/** Numbers of pods that may be shares of all of them: `2` or `25%`. */
import { invalid } from '../api/field-errors.ts';
import type { FieldError } from '../api/status.ts';
import { checkNonNegative } from './validation.ts';

/** `3` or `'30%'`: an IntOrString of Kubernetes. */
export type CountOrPercent = number | string;

const percentText =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/** A number that is not negative, or a percentage. */
export function checkCountOrPercent(field: string, value: CountOrPercent): FieldError[] {
  if (typeof value === 'number') return checkNonNegative(field, value);
  return percentOf(value) === undefined ? [invalid(field, value, percentText)] : [];
}

/** A percentage must not be more than all. Numbers and malformed texts pass. */
export function checkNotMoreThanAll(field: string, value: CountOrPercent): FieldError[] {
  if (typeof value === 'number' || (percentOf(value) ?? 0) <= 100) return [];
  return [invalid(field, value, 'must not be greater than 100%')];
}

function percentOf(text: string): number | undefined {
  return /^[0-9]+%$/.test(text) ? Number(text.slice(0, -1)) : undefined;
}

/** The number written, of pods or of percents. */
export function amountOf(value: CountOrPercent): number {
  return typeof value === 'number' ? value : (percentOf(value) ?? (Number.parseInt(value, 10) || 0));
}
