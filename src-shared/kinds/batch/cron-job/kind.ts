import { humanDuration, parseTime } from '../../../lib/time.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn, selectorColumn, templateColumns } from '../../columns.ts';
import { defineKind, type Health, type Strategy } from '../../define.ts';
import type { CronJob } from '../../wire.ts';
import { defaultJobTemplate } from '../job/job-strategy.ts';
import { cronJobWarnings } from '../job/job-warnings.ts';
import { validateCronJob, validateCronJobCreate, validateCronJobUpdate } from './cron-job-validation.ts';

const strategy: Strategy<CronJob> = {
  defaults({ spec }) {
    if (!spec) return;
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    if (spec.jobTemplate?.spec) defaultJobTemplate(spec.jobTemplate.spec);
  },
  prepareForCreate(cronJob) {
    cronJob.status = {};
  },
  validate: validateCronJob,
  validateCreate: validateCronJobCreate,
  validateUpdate: validateCronJobUpdate,
  warnings: cronJobWarnings,
};

export const cronJobKind = defineKind<CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.batch.v1.CronJob',
  strategy,
  hasGeneration: true,
  hasStatus: true,
  columns: [
    nameColumn(),
    {
      name: 'Schedule',
      type: 'string',
      description: 'When a job is made, in cron’s notation.',
      cell: ({ spec }) => spec?.schedule ?? '',
    },
    {
      name: 'Timezone',
      type: 'string',
      description: 'Time zone of the schedule; without one it is that of the control plane.',
      cell: ({ spec }) => spec?.timeZone ?? '<none>',
    },
    {
      name: 'Suspend',
      type: 'boolean',
      description: 'Whether no jobs are made for now.',
      cell: ({ spec }) => (spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False'),
    },
    {
      name: 'Active',
      type: 'integer',
      description: 'Jobs that are running.',
      cell: ({ status }) => status?.active?.length ?? 0,
    },
    {
      name: 'Last Schedule',
      type: 'string',
      description: 'How long ago a job was made.',
      cell: ({ status }, nowMs) => {
        const ms = status?.lastScheduleTime === undefined ? undefined : parseTime(status.lastScheduleTime);
        return ms === undefined ? '<none>' : humanDuration(nowMs - ms);
      },
    },
    ageColumn(),
    ...templateColumns<CronJob>(({ spec }) => spec?.jobTemplate?.spec?.template?.spec),
    selectorColumn<CronJob>(({ spec }) => spec?.jobTemplate?.spec?.selector),
  ],
  view: {
    section: 'workloads',
    title: 'Cron jobs',
    purpose: 'A cron job makes a job again and again, on a schedule.',
    health,
  },
});

function health({ spec, status }: Unchecked<CronJob>): Health {
  if (spec?.suspend === true) return { level: 'warn', text: 'Suspended' };
  const active = status?.active?.length ?? 0;
  return active > 0 ? { level: 'progress', text: `${active} running` } : { level: 'ok', text: 'Waiting' };
}
