import { invalid, notSupported, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { resolveFieldPath } from '../field-path.ts';
import type { JsonSchema, ValidationRule } from '../json-schema.ts';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const lineBreak = /[\n\r]/;

/** What is wrong with the rules a schema states, whatever their expressions mean: those only the server compiles. */
export function ruleFormErrors(schema: JsonSchema, field: string): FieldError[] {
  const rules: readonly Unchecked<ValidationRule>[] = schema['x-kubernetes-validations'] ?? [];
  return rules.flatMap((rule, i) => {
    const at = `${field}.x-kubernetes-validations[${i}]`;
    const { messageExpression = '', reason } = rule;
    const errors = textErrors(rule, at);
    if (messageExpression !== '' && messageExpression.trim() === '')
      errors.push(required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'));
    if (reason !== undefined && !reasons.includes(reason))
      errors.push(notSupported(`${at}.reason`, reason, reasons));
    return [...errors, ...pathErrors(schema, rule.fieldPath ?? '', `${at}.fieldPath`)];
  });
}

function textErrors({ rule = '', message = '' }: Unchecked<ValidationRule>, at: string): FieldError[] {
  const text = rule.trim();
  const told = message.trim();
  if (text === '') return [required(`${at}.rule`, 'rule is not specified')];
  if (message !== '' && told === '')
    return [invalid(`${at}.message`, message, 'must be non-empty if specified')];
  if (lineBreak.test(told)) return [invalid(`${at}.message`, message, 'must not contain line breaks')];
  if (lineBreak.test(text) && told === '')
    return [required(`${at}.message`, 'message must be specified if rule contains line breaks')];
  return [];
}

function pathErrors(schema: JsonSchema, path: string, at: string): FieldError[] {
  if (path === '') return [];
  const errors: FieldError[] = [];
  if (path.trim() === '') errors.push(invalid(at, path, 'must be non-empty if specified'));
  if (lineBreak.test(path)) errors.push(invalid(at, path, 'must not contain line breaks'));
  if ('problem' in resolveFieldPath(path, schema, { allowsBrackets: true }))
    errors.push(invalid(at, path, 'must be a valid path'));
  return errors;
}
