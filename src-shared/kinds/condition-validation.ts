import { duplicate, invalid, notSupported, required, tooLong } from '../api/field-errors.ts';
import type { FieldError } from '../api/status.ts';
import { checkQualifiedName } from './validation.ts';

/** A `meta/v1` Condition, the form that newer kinds share. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

const statuses = ['False', 'True', 'Unknown'];
const maxReasonBytes = 1024;
const maxMessageBytes = 32 * 1024;
const reasonFormat = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonText = `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${reasonFormat}')`;
const reasonPattern = new RegExp(`^${reasonFormat}$`);

/** Conditions, of which there may be one per type; `field` is the path of the list. */
export function checkConditions(field: string, conditions: readonly Condition[]): FieldError[] {
  return conditions.flatMap((condition, index) => {
    const at = `${field}[${index}]`;
    const first = conditions.findIndex(({ type }) => type === condition.type);
    return [
      ...(first < index ? [duplicate(`${at}.type`, condition.type)] : []),
      ...checkCondition(at, condition),
    ];
  });
}

function checkCondition(at: string, condition: Condition): FieldError[] {
  const { type = '', status = '', observedGeneration = 0, reason = '', message = '' } = condition;
  const errors = checkQualifiedName(`${at}.type`, type);
  if (!statuses.includes(status)) errors.push(notSupported(`${at}.status`, status, statuses));
  if (observedGeneration < 0) {
    const text = 'must be greater than or equal to zero';
    errors.push(invalid(`${at}.observedGeneration`, observedGeneration, text));
  }
  if (!condition.lastTransitionTime) errors.push(required(`${at}.lastTransitionTime`, 'must be set'));
  if (reason === '') errors.push(required(`${at}.reason`, 'must be set'));
  else if (!reasonPattern.test(reason)) errors.push(invalid(`${at}.reason`, reason, reasonText));
  if (reason.length > maxReasonBytes) errors.push(tooLong(`${at}.reason`, maxReasonBytes));
  return message.length > maxMessageBytes ? [...errors, tooLong(`${at}.message`, maxMessageBytes)] : errors;
}
