import { duplicate, required } from '../../api/field-errors.ts';
import type { FieldError } from '../../api/status.ts';

/** Conditions have a type, each another one. */
export function checkConditionTypes(
  field: string,
  conditions: readonly { readonly type?: string }[] = [],
): FieldError[] {
  return conditions.flatMap(({ type = '' }, index) => {
    const at = `${field}[${index}].type`;
    const isTaken = conditions.findIndex((other) => (other.type ?? '') === type) < index;
    return [
      ...(isTaken ? [duplicate(at, type)] : []),
      ...(type === '' ? [required(at, 'must not be empty')] : []),
    ];
  });
}
