import type { Unchecked, UncheckedDraft } from '../../../lib/types.ts';
import { defaultTemplate } from '../../core/pod/template-defaults.ts';
import type { Strategy } from '../../define.ts';
import type { Job, JobSpec } from '../../wire.ts';
import { controllerUidLabel, generatedLabels } from './job-labels.ts';
import { validateJobStatusUpdate } from './job-status-validation.ts';
import { validateJobUpdate } from './job-update-validation.ts';
import { validateJob } from './job-validation.ts';
import { jobWarnings } from './job-warnings.ts';

const maxInt32 = 2147483647;

export const jobStrategy: Strategy<Job> = {
  defaults(job) {
    const { spec } = job;
    if (!spec) return;
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
    spec.parallelism ??= 1;
    spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : maxInt32;
    const labels = spec.template?.metadata?.labels ?? {};
    if (Object.keys(labels).length > 0 && Object.keys(job.metadata?.labels ?? {}).length === 0) {
      job.metadata = { ...job.metadata, labels: { ...labels } };
    }
    spec.completionMode ??= 'NonIndexed';
    spec.suspend ??= false;
    spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
    spec.manualSelector ??= false;
    defaultJobTemplate(spec);
  },
  prepareForCreate(job) {
    job.status = {};
    if (job.spec && job.spec.manualSelector !== true) generateSelector(job, job.spec);
  },
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatusUpdate: validateJobStatusUpdate,
  warnings: jobWarnings,
};

/** What is filled in for jobs and for the jobs that cron jobs make. */
export function defaultJobTemplate(spec: UncheckedDraft<JobSpec>): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
  defaultTemplate(spec);
}

/** Unless a job brings its own selector, its pods carry its uid, and the selector asks for that. */
function generateSelector({ metadata }: Unchecked<Job>, spec: UncheckedDraft<JobSpec>): void {
  spec.template ??= {};
  const labels = { ...generatedLabels(metadata), ...spec.template.metadata?.labels };
  spec.template.metadata = { ...spec.template.metadata, labels };
  spec.selector ??= {};
  spec.selector.matchLabels = { [controllerUidLabel]: metadata?.uid ?? '', ...spec.selector.matchLabels };
}
