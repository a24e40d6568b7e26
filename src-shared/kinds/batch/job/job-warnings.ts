import { jsonEqual } from '../../../lib/json.ts';
import type { DeepReadonly, Json } from '../../../lib/types.ts';
import { podNameWarnings, templateWarnings } from '../../core/pod/pod-warnings.ts';
import type { CronJob, Job, JobSpec } from '../../wire.ts';

const maxCompletions = 100_000;
const maxParallelism = 10_000;

/** Warnings of a job: of its name when it is new, of its spec when that may have changed. */
export function jobWarnings(job: DeepReadonly<Job>, old?: DeepReadonly<Job>): string[] {
  if (old && jsonEqual(job.spec as Json, old.spec as Json)) return [];
  return [...(old ? [] : podNameWarnings(job)), ...jobSpecWarnings('spec', job.spec)];
}

/** The same of a cron job; schedules that name a time zone are told of at every change. */
export function cronJobWarnings(cronJob: DeepReadonly<CronJob>, old?: DeepReadonly<CronJob>): string[] {
  const changed = !old || !jsonEqual(cronJob.spec as Json, old.spec as Json);
  const zoned =
    'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';
  return [
    ...(old ? [] : podNameWarnings({ metadata: { name: cronJob.metadata?.name ?? '' } })),
    ...(changed ? jobSpecWarnings('spec.jobTemplate.spec', cronJob.spec?.jobTemplate?.spec) : []),
    ...(old && cronJob.spec?.schedule?.includes('TZ') ? [zoned] : []),
  ];
}

function jobSpecWarnings(field: string, spec: DeepReadonly<JobSpec> | undefined): string[] {
  const { completions = 0, parallelism = 0, completionMode } = spec ?? {};
  const many = completionMode === 'Indexed' && completions > maxCompletions && parallelism > maxParallelism;
  const text =
    'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
  return [...(many ? [`${field}: ${text}`] : []), ...templateWarnings(`${field}.template`, spec?.template)];
}
