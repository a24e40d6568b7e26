/** Checks of `metav1.Condition`, which newer kinds have in their status. */
import { duplicate, invalid, required, tooLong } from '../api/field-errors.ts';
import type { FieldError } from '../api/status.ts';
import { utf8Length } from '../lib/utf8.ts';
import { checkOneOf, checkQualifiedName } from './validation.ts';

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

const maxReasonBytes = 1024;
const maxMessageBytes = 32 * 1024;
const reasonFormat = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonPattern = new RegExp(`^${reasonFormat}$`);
const reasonText =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'" +
  " (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is " +
  `'${reasonFormat}')`;

export function checkConditions(field: string, conditions: readonly Condition[] = []): FieldError[] {
  return conditions.flatMap((condition, index) => {
    const at = `${field}[${index}]`;
    const isTaken = conditions.findIndex(({ type }) => type === condition.type) < index;
    return [...(isTaken ? [duplicate(at, condition.type)] : []), ...checkCondition(at, condition)];
  });
}

function checkCondition(field: string, condition: Condition): FieldError[] {
  const { type = '', status, observedGeneration = 0, lastTransitionTime, reason = '' } = condition;
  const errors: FieldError[] = [
    ...(type === '' ? [required(`${field}.type`, 'is required')] : checkQualifiedName(`${field}.type`, type)),
    ...checkOneOf(`${field}.status`, status, ['False', 'True', 'Unknown']),
  ];
  if (observedGeneration < 0) {
    const text = 'must be greater than or equal to zero';
    errors.push(invalid(`${field}.observedGeneration`, observedGeneration, text));
  }
  if (!lastTransitionTime) errors.push(required(`${field}.lastTransitionTime`));
  if (reason === '') errors.push(required(`${field}.reason`));
  else {
    if (!reasonPattern.test(reason)) errors.push(invalid(`${field}.reason`, reason, reasonText));
    if (utf8Length(reason) > maxReasonBytes) errors.push(tooLong(`${field}.reason`, maxReasonBytes));
  }
  if (utf8Length(condition.message ?? '') > maxMessageBytes) {
    errors.push(tooLong(`${field}.message`, maxMessageBytes));
  }
  return errors;
}
