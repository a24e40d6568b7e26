import { invalid, notSupported, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkNonNegative } from '../../validation.ts';
import type { CronJob } from '../../wire.ts';
import { checkJobSpec } from '../job/job-validation.ts';
import { isTimeZone, parseSchedule } from './schedule.ts';

type ReadonlyCronJob = Unchecked<CronJob>;
type Spec = NonNullable<ReadonlyCronJob['spec']>;

const policies = ['Allow', 'Forbid', 'Replace'];

/** Names of the jobs get eleven characters more and must remain labels. */
const maxNameLength = 52;

/** Every error of a cron job, except those of its schedule and time zone, which depend on the old ones. */
export function validateCronJob({ spec }: ReadonlyCronJob): FieldError[] {
  if (!spec) return [required('spec.schedule')];
  const policy = spec.concurrencyPolicy ?? '';
  const checkPolicy = () => {
    if (policy === '') return [required('spec.concurrencyPolicy')];
    return policies.includes(policy) ? [] : [notSupported('spec.concurrencyPolicy', policy, policies)];
  };
  return [
    ...(spec.schedule ? [] : [required('spec.schedule')]),
    ...checkNonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...checkPolicy(),
    ...checkTemplate('spec.jobTemplate.spec', spec),
    ...checkNonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...checkNonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
  ];
}

function checkTemplate(field: string, { jobTemplate }: Spec): FieldError[] {
  const spec = jobTemplate?.spec ?? { template: {} };
  return [
    ...checkJobSpec(field, spec),
    ...(spec.selector
      ? [invalid(`${field}.selector`, spec.selector, '`selector` will be auto-generated')]
      : []),
    ...(spec.manualSelector === true
      ? [notSupported(`${field}.manualSelector`, true, ['nil', 'false'])]
      : []),
  ];
}

/** Errors that only a new cron job can have. */
export function validateCronJobCreate({ metadata, spec }: ReadonlyCronJob): FieldError[] {
  const name = metadata?.name ?? '';
  return [
    ...(spec ? [...checkSchedule(spec, false), ...checkTimeZone(spec.timeZone)] : []),
    ...(name.length > maxNameLength
      ? [invalid('metadata.name', name, `must be no more than ${maxNameLength} characters`)]
      : []),
  ];
}

/** Errors of a change: schedules that named a zone within themselves may go on doing so. */
export function validateCronJobUpdate({ spec }: ReadonlyCronJob, old: ReadonlyCronJob): FieldError[] {
  if (!spec) return [];
  const zoned = old.spec?.schedule?.includes('TZ') ?? false;
  const sameZone = spec.timeZone === old.spec?.timeZone;
  return [...checkSchedule(spec, zoned), ...(sameZone ? [] : checkTimeZone(spec.timeZone))];
}

function checkSchedule({ schedule, timeZone }: Spec, mayNameZone: boolean): FieldError[] {
  if (!schedule) return [];
  const field = 'spec.schedule';
  const parsed = parseSchedule(schedule);
  const errors = 'error' in parsed ? [invalid(field, schedule, parsed.error)] : [];
  if (!schedule.includes('TZ')) return errors;
  if (!mayNameZone) {
    const text = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
    return [...errors, invalid(field, schedule, text)];
  }
  if (timeZone === undefined) return errors;
  const text = 'cannot use both timeZone field and TZ or CRON_TZ in schedule';
  return [...errors, invalid(field, schedule, text)];
}

function checkTimeZone(zone: string | undefined): FieldError[] {
  const field = 'spec.timeZone';
  if (zone === undefined) return [];
  if (zone === '') return [invalid(field, zone, 'timeZone must be nil or non-empty string')];
  const unknown = invalid(field, zone, `unknown time zone ${zone}`);
  const wellFormed = zone
    .split('/')
    .every((part) => /^[A-Za-z._0-9+-]{1,14}$/.test(part) && !/^(-|\.{1,2}$)/.test(part));
  if (!wellFormed) return [unknown];
  const errors: FieldError[] = [];
  if (zone.toLowerCase() === 'local') {
    const text = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    errors.push(invalid(field, zone, text));
  }
  return isTimeZone(zone) ? errors : [...errors, unknown];
}
