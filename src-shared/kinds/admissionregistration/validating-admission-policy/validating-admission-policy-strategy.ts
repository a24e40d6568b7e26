import { duplicate, invalid, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { utf8Length } from '../../../lib/utf8.ts';
import { compileJsonPath } from '../../apiextensions/json-path.ts';
import { checkConditions } from '../../condition-validation.ts';
import type { Strategy } from '../../define.ts';
import { checkOptionalOneOf, checkQualifiedName } from '../../validation.ts';
import type { ValidatingAdmissionPolicy } from '../../wire.ts';
import { setMatchDefaults } from '../match-validation.ts';
import { checkPolicy } from '../policy-validation.ts';

type ReadonlyPolicy = Unchecked<ValidatingAdmissionPolicy>;
type Spec = NonNullable<ReadonlyPolicy['spec']>;
type Validation = NonNullable<Spec['validations']>[number];
type Annotation = NonNullable<Spec['auditAnnotations']>[number];

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const maxAnnotations = 20;
const maxValueBytes = 5 * 1024;

export const validatingAdmissionPolicyStrategy: Strategy<ValidatingAdmissionPolicy> = {
  defaults({ spec }) {
    if (!spec) return;
    spec.failurePolicy ??= 'Fail';
    if (spec.matchConstraints) setMatchDefaults(spec.matchConstraints);
  },
  validate: ({ metadata, spec = {} }) => [
    ...checkPolicy('spec', spec),
    ...checkPurpose('spec', spec, metadata?.name ?? ''),
  ],
  validateStatusUpdate: ({ status }) => [
    ...(status?.typeChecking?.expressionWarnings ?? []).flatMap(({ fieldRef, warning }, index) => {
      const at = `status.typeChecking.expressionWarnings[${index}]`;
      return [
        ...(warning ? [] : [required(`${at}.warning`)]),
        ...checkReference(`${at}.fieldRef`, fieldRef?.trim() ?? ''),
      ];
    }),
    ...checkConditions('status.conditions', status?.conditions),
  ],
};

/** A path to an expression, as JSONPath has it: `spec.validations[0].expression`. */
function checkReference(field: string, path: string): FieldError[] {
  if (path === '') return [required(field)];
  const isPath = compileJsonPath(/^[.[$]/.test(path) ? path : `.${path}`) !== undefined;
  return isPath ? [] : [invalid(field, path, 'invalid JSONPath')];
}

function checkPurpose(field: string, spec: Spec, policyName: string): FieldError[] {
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const text = 'validations or auditAnnotations must contain at least one item';
    return [required(`${field}.validations`, text), required(`${field}.auditAnnotations`, text)];
  }
  return [
    ...validations.flatMap((validation, index) =>
      checkValidation(`${field}.validations[${index}]`, validation),
    ),
    ...checkAnnotations(`${field}.auditAnnotations`, auditAnnotations, policyName),
  ];
}

function checkValidation(field: string, validation: Validation): FieldError[] {
  const { expression = '', message = '', messageExpression = '', reason } = validation;
  const errors: FieldError[] = [];
  if (expression.trim() === '') errors.push(required(`${field}.expression`, 'expression is not specified'));
  if (messageExpression !== '' && messageExpression.trim() === '') {
    errors.push(invalid(`${field}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  }
  if (message !== '' && message.trim() === '') {
    errors.push(invalid(`${field}.message`, message, 'must be non-empty if specified'));
  } else if (/[\n\r]/.test(message.trim())) {
    errors.push(invalid(`${field}.message`, message, 'must not contain line breaks'));
  }
  return [...errors, ...checkOptionalOneOf(`${field}.reason`, reason, reasons)];
}

function checkAnnotations(
  field: string,
  annotations: readonly Annotation[],
  policyName: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (annotations.length > maxAnnotations) {
    errors.push(invalid(field, annotations, `must not have more than ${maxAnnotations} auditAnnotations`));
  }
  const keys = new Set<string>();
  for (const [index, { key = '', valueExpression = '' }] of annotations.entries()) {
    const at = `${field}[${index}]`;
    errors.push(
      ...(policyName === ''
        ? [invalid(`${at}.key`, key, 'requires metadata.name be non-empty')]
        : checkQualifiedName(`${at}.key`, `${policyName}/${key}`)),
      ...checkValue(`${at}.valueExpression`, valueExpression.trim()),
    );
    if (keys.has(key)) errors.push(duplicate(`${at}.key`, key));
    keys.add(key);
  }
  return errors;
}

function checkValue(field: string, expression: string): FieldError[] {
  if (expression === '') return [required(field, 'valueExpression is not specified')];
  if (utf8Length(expression) <= maxValueBytes) return [];
  return [required(field, `must not exceed ${maxValueBytes} bytes in length`)];
}
