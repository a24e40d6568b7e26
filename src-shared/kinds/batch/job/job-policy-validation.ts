import { duplicate, invalid, notSupported, required, tooLong, tooMany } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkNonNegative, checkQualifiedName, invalidUnseen } from '../../validation.ts';
import type { JobSpec } from '../../wire.ts';
import { countIndexes } from './job-indexes.ts';

type Spec = Unchecked<JobSpec>;
type FailureRule = Unchecked<NonNullable<JobSpec['podFailurePolicy']>['rules'][number]>;
type SuccessRule = Unchecked<NonNullable<JobSpec['successPolicy']>['rules'][number]>;

const maxRules = 20;
const maxExitCodes = 255;
const maxConditions = 20;
const maxIndexesBytes = 64 * 1024;

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const conditionStatuses = ['False', 'True', 'Unknown'];

/** `value` must be set and supported; an empty one is told the choices. */
function checkChoice(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (!value) {
    const list = supported.map((item) => JSON.stringify(item)).join(' ');
    return [required(field, `valid values: [${list}]`)];
  }
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

/** What becomes of the job when pods fail; `field` is the path of the policy. */
export function checkFailurePolicy(field: string, spec: Spec): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const at = `${field}.rules`;
  return [
    ...(rules.length > maxRules ? [tooMany(at, rules.length, maxRules)] : []),
    ...rules.flatMap((rule, index) => checkFailureRule(`${at}[${index}]`, rule, spec)),
  ];
}

function checkFailureRule(field: string, rule: FailureRule, spec: Spec): FieldError[] {
  const { action, onExitCodes } = rule;
  const conditions = rule.onPodConditions ?? [];
  const errors = checkChoice(`${field}.action`, action, actions);
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    errors.push(invalid(`${field}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  }
  if (onExitCodes) errors.push(...checkExitCodes(`${field}.onExitCodes`, onExitCodes, spec));
  if (conditions.length > 0) errors.push(...checkConditions(`${field}.onPodConditions`, conditions));
  if (onExitCodes && conditions.length > 0) {
    const text = 'specifying both OnExitCodes and OnPodConditions is not supported';
    errors.push(invalidUnseen(field, text));
  }
  if (!onExitCodes && conditions.length === 0) {
    errors.push(invalidUnseen(field, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return errors;
}

function checkExitCodes(
  field: string,
  { operator, containerName, values = [] }: NonNullable<FailureRule['onExitCodes']>,
  spec: Spec,
): FieldError[] {
  const errors = checkChoice(`${field}.operator`, operator, operators);
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {};
  const names = [...containers, ...initContainers].map(({ name }) => name);
  if (containerName !== undefined && !names.includes(containerName)) {
    const text = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(`${field}.containerName`, containerName, text));
  }
  const at = `${field}.values`;
  if (values.length === 0) errors.push(invalid(at, values, 'at least one value is required'));
  else if (values.length > maxExitCodes) errors.push(tooMany(at, values.length, maxExitCodes));
  for (const [index, value] of values.entries()) {
    if (operator === 'In' && value === 0) {
      errors.push(invalid(`${at}[${index}]`, value, 'must not be 0 for the In operator'));
    }
    if (values.indexOf(value) < index) errors.push(duplicate(`${at}[${index}]`, value));
  }
  const ordered = values.every((value, index) => index === 0 || (values[index - 1] ?? value) <= value);
  return ordered ? errors : [...errors, invalid(at, values, 'must be ordered')];
}

function checkConditions(
  field: string,
  conditions: NonNullable<FailureRule['onPodConditions']>,
): FieldError[] {
  return [
    ...(conditions.length > maxConditions ? [tooMany(field, conditions.length, maxConditions)] : []),
    ...conditions.flatMap(({ type, status }, index) => [
      ...checkQualifiedName(`${field}[${index}].type`, type ?? ''),
      ...checkChoice(`${field}[${index}].status`, status, conditionStatuses),
    ]),
  ];
}

/** When an indexed job counts as done before all indexes are; `field` is the path of the policy. */
export function checkSuccessPolicy(field: string, spec: Spec): FieldError[] {
  const rules = spec.successPolicy?.rules ?? [];
  const at = `${field}.rules`;
  const missing = 'at least one rules must be specified when the successPolicy is specified';
  return [
    ...(rules.length === 0 ? [required(at, missing)] : []),
    ...(rules.length > maxRules ? [tooMany(at, rules.length, maxRules)] : []),
    ...rules.flatMap((rule, index) => checkSuccessRule(`${at}[${index}]`, rule, spec.completions ?? 0)),
  ];
}

function checkSuccessRule(
  field: string,
  { succeededCount: count, succeededIndexes: indexes }: SuccessRule,
  completions: number,
): FieldError[] {
  const errors: FieldError[] = [];
  if (count === undefined && indexes === undefined) {
    const text = 'at least one of succeededCount or succeededIndexes must be specified';
    errors.push(required(field, text));
  }
  let total = 0;
  if (indexes !== undefined) {
    const at = `${field}.succeededIndexes`;
    if (indexes.length > maxIndexesBytes) errors.push(tooLong(at, maxIndexesBytes));
    const counted = countIndexes(indexes, completions);
    if ('value' in counted) total = counted.value;
    else errors.push(invalid(at, indexes, `error parsing succeededIndexes: ${counted.error}`));
  }
  if (count === undefined) return errors;
  const at = `${field}.succeededCount`;
  errors.push(...checkNonNegative(at, count));
  if (count > completions) {
    const text = `must be less than or equal to ${completions} (the number of specified completions)`;
    errors.push(invalid(at, count, text));
  }
  if (indexes !== undefined && count > total) {
    const text = `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`;
    errors.push(invalid(at, count, text));
  }
  return errors;
}

/** Which pods are replaced; `field` is the path of the policy. */
export function checkReplacementPolicy(field: string, spec: Spec): FieldError[] {
  const policy = spec.podReplacementPolicy;
  if (policy === undefined) return [];
  const supported = spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return supported.includes(policy) ? [] : [notSupported(field, policy, supported)];
}
