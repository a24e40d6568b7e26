import { duplicate, invalid, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import { jsonEqual } from '../../../lib/json.ts';
import { parseTime } from '../../../lib/time.ts';
import type { Json, Unchecked } from '../../../lib/types.ts';
import { checkNonNegative, invalidUnseen } from '../../validation.ts';
import type { Job, JobSpec, JobStatus } from '../../wire.ts';
import { countIndexes, firstCommonIndex } from './job-indexes.ts';
import { isConditionTrue, isJobFinished } from './job-status.ts';

type ReadonlyJob = Unchecked<Job>;

/** A change of a job's status, and what of it differs. */
interface Change {
  readonly spec: Unchecked<JobSpec>;
  readonly status: Unchecked<JobStatus>;
  readonly old: Unchecked<JobStatus>;
  /** True when one of these conditions or fields differs from before: only what changed is judged. */
  changed(...parts: readonly string[]): boolean;
}

/** Errors of a job's status: a job that is done stays done, counters and times make sense. */
export function validateJobStatusUpdate(job: ReadonlyJob, before: ReadonlyJob): FieldError[] {
  const status = job.status ?? {};
  const old = before.status ?? {};
  const value = (of: Unchecked<JobStatus>, part: string): Json | undefined => {
    if (part === 'Finished') return isJobFinished(of);
    if (/^[A-Z]/.test(part)) return isConditionTrue(of, part);
    return (of as Readonly<Record<string, Json | undefined>>)[part];
  };
  const change: Change = {
    spec: job.spec ?? { template: {} },
    status,
    old,
    changed: (...parts) => parts.some((part) => !jsonEqual(value(status, part), value(old, part))),
  };
  return [
    ...checkCounters(status),
    ...checkConditions(change),
    ...checkTimes(change),
    ...checkFinished(change),
    ...checkIndexes(change),
    ...checkSuccessCriteria(change),
    ...checkNoReturn(change),
  ];
}

function checkCounters(status: Unchecked<JobStatus>): FieldError[] {
  const counters = (['active', 'succeeded', 'failed', 'ready', 'terminating'] as const).flatMap((key) =>
    checkNonNegative(`status.${key}`, status[key]),
  );
  const seen = new Set<string>();
  const uncounted = (['succeeded', 'failed'] as const).flatMap((key) =>
    (status.uncountedTerminatedPods?.[key] ?? []).flatMap((uid, index) => {
      const at = `status.uncountedTerminatedPods.${key}[${index}]`;
      if (uid === '') return [invalid(at, uid, 'must not be empty')];
      if (seen.has(uid)) return [duplicate(at, uid)];
      seen.add(uid);
      return [];
    }),
  );
  return [...counters, ...uncounted];
}

const conditions = 'status.conditions';

function checkConditions({ status, changed }: Change): FieldError[] {
  const complete = isConditionTrue(status, 'Complete');
  const errors: FieldError[] = [];
  if (changed('Complete', 'Failed') && complete && isConditionTrue(status, 'Failed')) {
    errors.push(invalidUnseen(conditions, 'cannot set Complete=True and Failed=true conditions'));
  }
  if (changed('Complete', 'FailureTarget') && complete && isConditionTrue(status, 'FailureTarget')) {
    errors.push(invalidUnseen(conditions, 'cannot set Complete=True and FailureTarget=true conditions'));
  }
  return errors;
}

function checkTimes({ status, changed }: Change): FieldError[] {
  const { startTime, completionTime } = status;
  const field = 'status.completionTime';
  const complete = isConditionTrue(status, 'Complete');
  const errors: FieldError[] = [];
  if (changed('Complete', 'completionTime')) {
    if (completionTime !== undefined && !complete) {
      const text = 'cannot set completionTime when there is no Complete=True condition';
      errors.push(invalid(field, completionTime, text));
    }
    if (completionTime === undefined && complete) {
      errors.push(required(field, 'completionTime is required for Complete jobs'));
    }
  }
  if (changed('startTime', 'completionTime') && startTime !== undefined && completionTime !== undefined) {
    if ((parseTime(completionTime) ?? 0) < (parseTime(startTime) ?? 0)) {
      errors.push(invalid(field, completionTime, 'must be equal to or after `startTime`'));
    }
  }
  return errors;
}

function checkFinished({ status, changed }: Change): FieldError[] {
  const errors: FieldError[] = [];
  const { active = 0, ready, terminating = 0, startTime, uncountedTerminatedPods: uncounted } = status;
  if (isConditionTrue(status, 'Failed') && changed('Failed') && !isConditionTrue(status, 'FailureTarget')) {
    const text = 'cannot set Failed=True condition without the FailureTarget=true condition';
    errors.push(invalidUnseen(conditions, text));
  }
  if (
    isConditionTrue(status, 'Complete') &&
    changed('Complete') &&
    !isConditionTrue(status, 'SuccessCriteriaMet')
  ) {
    const text = 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition';
    errors.push(invalidUnseen(conditions, text));
  }
  if (isJobFinished(status)) {
    if (changed('Finished', 'active') && active > 0) {
      errors.push(invalid('status.active', active, 'active>0 is invalid for finished job'));
    }
    if (changed('Finished', 'startTime') && startTime === undefined) {
      errors.push(required('status.startTime', 'startTime is required for finished job'));
    }
    const left = (uncounted?.failed ?? []).length + (uncounted?.succeeded ?? []).length;
    if (changed('Finished', 'uncountedTerminatedPods') && left > 0) {
      const text = 'must be empty for finished job';
      errors.push(invalid('status.uncountedTerminatedPods', uncounted, text));
    }
    if (changed('Finished', 'terminating') && terminating > 0) {
      errors.push(invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'));
    }
  }
  if (changed('active', 'ready') && ready !== undefined && ready > active) {
    errors.push(invalid('status.ready', ready, 'cannot set more ready pods than active'));
  }
  return errors;
}

function checkIndexes({ spec, status, changed }: Change): FieldError[] {
  const { completedIndexes = '', failedIndexes } = status;
  const { completions, backoffLimitPerIndex } = spec;
  const errors: FieldError[] = [];
  const check = (key: 'completedIndexes' | 'failedIndexes', text: string) => {
    const counted = countIndexes(text, completions ?? 0);
    if ('error' in counted)
      errors.push(invalid(`status.${key}`, text, `error parsing ${key}: ${counted.error}`));
  };
  if (changed('completedIndexes')) {
    if (completions !== undefined) check('completedIndexes', completedIndexes);
    if (completedIndexes !== '' && spec.completionMode !== 'Indexed') {
      const text = 'cannot set non-empty completedIndexes when non-indexed completion mode';
      errors.push(invalid('status.completedIndexes', completedIndexes, text));
    }
  }
  if (failedIndexes === undefined) return errors;
  if (changed('failedIndexes')) {
    if (backoffLimitPerIndex === undefined) {
      const text = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
      errors.push(invalid('status.failedIndexes', failedIndexes, text));
    } else if (completions !== undefined) check('failedIndexes', failedIndexes);
  }
  if (!changed('failedIndexes', 'completedIndexes') || completions === undefined) return errors;
  const common = firstCommonIndex(completedIndexes, failedIndexes, completions);
  if (common === undefined) return errors;
  const text = `failedIndexes and completedIndexes overlap at index: ${common}`;
  return [...errors, invalid('status.failedIndexes', failedIndexes, text)];
}

function checkSuccessCriteria({ spec, status, old }: Change): FieldError[] {
  const met = isConditionTrue(status, 'SuccessCriteriaMet');
  const texts: string[] = [];
  if (met && isConditionTrue(status, 'Failed'))
    texts.push('cannot set SuccessCriteriaMet=True and Failed=true conditions');
  if (met && isConditionTrue(status, 'FailureTarget')) {
    texts.push('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions');
  }
  if (spec.successPolicy && !met && isConditionTrue(status, 'Complete')) {
    texts.push('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True');
  }
  const before = isConditionTrue(old, 'SuccessCriteriaMet');
  if (before && !met) texts.push('cannot disable the SuccessCriteriaMet=True condition');
  if (isConditionTrue(old, 'Complete') && !before && met) {
    texts.push('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions');
  }
  return texts.map((text) => invalidUnseen(conditions, text));
}

/** What never goes back: ends, counters, times. */
function checkNoReturn({ spec, status, old }: Change): FieldError[] {
  const errors = ['Failed', 'Complete', 'FailureTarget']
    .filter((type) => isConditionTrue(old, type) && !isConditionTrue(status, type))
    .map((type) => invalidUnseen(conditions, `cannot disable the terminal ${type}=True condition`));
  const { failed = 0, succeeded = 0, completionTime, startTime } = status;
  if (failed < (old.failed ?? 0))
    errors.push(invalid('status.failed', failed, 'cannot decrease the failed counter'));
  const scales = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  if (!scales && succeeded < (old.succeeded ?? 0)) {
    errors.push(invalid('status.succeeded', succeeded, 'cannot decrease the succeeded counter'));
  }
  if (
    completionTime !== undefined &&
    old.completionTime !== undefined &&
    completionTime !== old.completionTime
  ) {
    errors.push(invalid('status.completionTime', completionTime, 'field is immutable'));
  }
  if (old.startTime !== undefined && startTime !== old.startTime && spec.suspend !== true) {
    errors.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'));
  }
  return errors;
}
