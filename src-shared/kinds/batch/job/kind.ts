import { humanDuration, parseTime } from '../../../lib/time.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn, selectorColumn, templateColumns } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { Job } from '../../wire.ts';
import { jobStatusText } from './job-status.ts';
import { jobStrategy } from './job-strategy.ts';

type ReadonlyJob = Unchecked<Job>;

export const jobKind = defineKind<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.batch.v1.Job',
  strategy: jobStrategy,
  hasGeneration: true,
  hasStatus: true,
  orphansDependents: true,
  columns: [
    nameColumn(),
    {
      name: 'Status',
      type: 'string',
      description: 'Whether the job runs, rests or has ended.',
      cell: ({ metadata, status }) => jobStatusText(status, metadata?.deletionTimestamp !== undefined),
    },
    {
      name: 'Completions',
      type: 'string',
      description: 'Pods that have succeeded, of all that must.',
      cell: completionsText,
    },
    {
      name: 'Duration',
      type: 'string',
      description: 'How long the job has been running, or ran.',
      cell: durationText,
    },
    ageColumn(),
    ...templateColumns<Job>(({ spec }) => spec?.template?.spec),
    selectorColumn<Job>(({ spec }) => spec?.selector),
  ],
  selectableFields: { 'status.successful': ({ status }) => `${status?.succeeded ?? 0}` },
  view: {
    section: 'workloads',
    title: 'Jobs',
    purpose: 'A job runs pods until enough of them have done their work.',
    health,
  },
});

function completionsText({ spec, status }: ReadonlyJob): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationText({ status }: ReadonlyJob, nowMs: number): string {
  const startMs = status?.startTime === undefined ? undefined : parseTime(status.startTime);
  if (startMs === undefined) return '';
  const endMs = status?.completionTime === undefined ? nowMs : parseTime(status.completionTime);
  return humanDuration((endMs ?? nowMs) - startMs);
}

function health(job: ReadonlyJob): Health {
  const { metadata, status } = job;
  const text = jobStatusText(status, metadata?.deletionTimestamp !== undefined);
  switch (text) {
    case 'Complete':
      return { level: 'done', text };
    case 'Failed':
    case 'FailureTarget':
      return { level: 'error', text: 'Failed' };
    case 'Suspended':
      return { level: 'warn', text };
    case 'Terminating':
      return { level: 'progress', text };
    default:
      return { level: 'progress', text: `${completionsText(job)} done` };
  }
}
