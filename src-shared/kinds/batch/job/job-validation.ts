import { invalid, notSupported, required, tooLong } from '../../../api/field-errors.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../../api/names.ts';
import { validateLabelSelector } from '../../../api/object-meta.ts';
import { labelMatcherOf } from '../../../api/selectors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkPodTemplate } from '../../core/pod/template-validation.ts';
import { checkNonNegative, invalidEach } from '../../validation.ts';
import type { Job, JobSpec } from '../../wire.ts';
import { generatedLabels } from './job-labels.ts';
import { checkFailurePolicy, checkReplacementPolicy, checkSuccessPolicy } from './job-policy-validation.ts';

type ReadonlyJob = Unchecked<Job>;
type Spec = Unchecked<JobSpec>;

const maxIndexedParallelism = 100_000;
const maxFailedIndexes = 100_000;
const manyCompletions = 100_000;
const maxForManyCompletions = 10_000;
const maxManagedByBytes = 63;

/** Every error of a job. */
export function validateJob(job: ReadonlyJob): FieldError[] {
  const spec: Spec = job.spec ?? { template: {} };
  return [
    ...checkGenerated(job, spec),
    ...checkJobSpec('spec', spec),
    ...checkSelector(spec),
    ...checkHostnames(job, spec),
  ];
}

/** The server has made selector and labels itself; what a client put in their place must not contradict. */
function checkGenerated({ metadata }: ReadonlyJob, spec: Spec): FieldError[] {
  const { selector } = spec;
  if (spec.manualSelector === true || !selector) return [];
  const errors = metadata?.uid ? [] : [required('metadata.uid')];
  const expected = generatedLabels(metadata);
  const labels = spec.template?.metadata?.labels ?? {};
  const field = 'spec.template.metadata.labels';
  for (const [key, value] of Object.entries(expected)) {
    const actual = labels[key];
    if (actual === undefined) errors.push(required(`${field}[${key}]`, `must be '${value}'`));
    else if (actual !== value) errors.push(invalid(`${field}[${key}]`, labels, `must be '${value}'`));
  }
  const wellFormed = validateLabelSelector(selector, 'spec.selector').length === 0;
  if (wellFormed && !labelMatcherOf(selector).matches(expected)) {
    errors.push(invalid('spec.selector', selector, '`selector` not auto-generated'));
  }
  return errors;
}

function checkSelector({ selector, template }: Spec): FieldError[] {
  const malformed = validateLabelSelector(selector, 'spec.selector');
  const errors = selector ? [...malformed] : [required('spec.selector')];
  const labels = template?.metadata?.labels;
  if (malformed.length > 0 || labelMatcherOf(selector).matches(labels ?? {})) return errors;
  const text = '`selector` does not match template `labels`';
  return [...errors, invalid('spec.template.metadata.labels', labels, text)];
}

/** The pods of an indexed job are called after it and their index. */
function checkHostnames({ metadata }: ReadonlyJob, spec: Spec): FieldError[] {
  if (spec.completionMode !== 'Indexed' || !spec.completions || spec.completions < 0) return [];
  const name = metadata?.name ?? '';
  const longest = `${name}-${spec.completions - 1}`;
  if (dnsLabelErrors(longest).length === 0) return [];
  const text = `will not able to create pod with invalid DNS label: ${longest}`;
  return [invalid('metadata.name', name, text)];
}

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

/** What jobs and the templates of cron jobs have in common; `field` is the path of the spec. */
export function checkJobSpec(field: string, spec: Spec): FieldError[] {
  const limitless = spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined;
  return [
    ...counts.flatMap((key) => checkNonNegative(`${field}.${key}`, spec[key])),
    ...(limitless ? [required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')] : []),
    ...(spec.managedBy === undefined ? [] : checkManagedBy(`${field}.managedBy`, spec.managedBy)),
    ...checkMode(field, spec),
    ...(spec.podFailurePolicy ? checkFailurePolicy(`${field}.podFailurePolicy`, spec) : []),
    ...checkSuccess(`${field}.successPolicy`, spec),
    ...checkReplacementPolicy(`${field}.podReplacementPolicy`, spec),
    ...checkPodTemplate(`${field}.template`, spec.template ?? {}),
    ...checkRestartPolicy(`${field}.template.spec.restartPolicy`, spec),
  ];
}

const pathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

function checkManagedBy(field: string, name: string): FieldError[] {
  const long = name.length > maxManagedByBytes ? [tooLong(field, maxManagedByBytes)] : [];
  if (name === '') return [required(field)];
  const slash = name.indexOf('/');
  const host = name.slice(0, Math.max(slash, 0));
  const path = name.slice(slash + 1);
  if (slash < 0 || host === '' || path === '') {
    return [invalid(field, name, 'must be a domain-prefixed path (such as "acme.io/foo")'), ...long];
  }
  const errors = invalidEach(field, host, dnsSubdomainErrors(host));
  if (!new RegExp(`^${pathFormat}$`).test(path)) {
    errors.push(invalid(field, path, `Invalid path (regex used for validation is '${pathFormat}')`));
  }
  return [...errors, ...long];
}

function checkMode(field: string, spec: Spec): FieldError[] {
  const mode = spec.completionMode;
  const errors: FieldError[] = [];
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed') {
    errors.push(notSupported(`${field}.completionMode`, mode, ['NonIndexed', 'Indexed']));
  }
  if (mode === 'Indexed') return [...errors, ...checkIndexed(field, spec)];
  if (mode !== undefined && mode !== 'NonIndexed') return errors;
  for (const key of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    if (spec[key] !== undefined)
      errors.push(invalid(`${field}.${key}`, spec[key], 'requires indexed completion mode'));
  }
  return errors;
}

function checkIndexed(field: string, spec: Spec): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes: maxFailed } = spec;
  const errors: FieldError[] = [];
  if (completions === undefined)
    errors.push(required(`${field}.completions`, 'when completion mode is Indexed'));
  if (parallelism > maxIndexedParallelism) {
    const text = `must be less than or equal to ${maxIndexedParallelism} when completion mode is Indexed`;
    errors.push(invalid(`${field}.parallelism`, parallelism, text));
  }
  if (completions !== undefined && maxFailed !== undefined && maxFailed > completions) {
    const text = 'must be less than or equal to completions';
    errors.push(invalid(`${field}.maxFailedIndexes`, maxFailed, text));
  }
  if (maxFailed !== undefined && maxFailed > maxFailedIndexes) {
    const text = `must be less than or equal to ${maxFailedIndexes}`;
    errors.push(invalid(`${field}.maxFailedIndexes`, maxFailed, text));
  }
  return [...errors, ...checkManyCompletions(field, spec)];
}

function checkManyCompletions(field: string, spec: Spec): FieldError[] {
  const { completions = 0, parallelism = 0, maxFailedIndexes: maxFailed } = spec;
  if (completions <= manyCompletions || spec.backoffLimitPerIndex === undefined) return [];
  const text = `must be less than or equal to ${maxForManyCompletions} when completions are above ${manyCompletions} and used with backoff limit per index`;
  const errors: FieldError[] = [];
  if (maxFailed === undefined) {
    const missing = `must be specified when completions is above ${manyCompletions}`;
    errors.push(required(`${field}.maxFailedIndexes`, missing));
  }
  if (parallelism > maxForManyCompletions) errors.push(invalid(`${field}.parallelism`, parallelism, text));
  if (maxFailed !== undefined && maxFailed > maxForManyCompletions) {
    errors.push(invalid(`${field}.maxFailedIndexes`, maxFailed, text));
  }
  return errors;
}

function checkSuccess(field: string, spec: Spec): FieldError[] {
  if (!spec.successPolicy) return [];
  if (spec.completionMode !== 'Indexed') {
    return [invalid(field, spec.successPolicy, 'requires indexed completion mode')];
  }
  return checkSuccessPolicy(field, spec);
}

function checkRestartPolicy(field: string, spec: Spec): FieldError[] {
  const policy = spec.template?.spec?.restartPolicy ?? '';
  if (policy === '' || policy === 'Always') {
    return [required(field, 'valid values: "OnFailure", "Never"')];
  }
  if (policy !== 'OnFailure' && policy !== 'Never') {
    return [notSupported(field, policy, ['OnFailure', 'Never'])];
  }
  if (!spec.podFailurePolicy || policy === 'Never') return [];
  return [invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified')];
}
