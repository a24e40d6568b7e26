import { describe, expect, it } from 'vitest';
import { createErrors, defaulted, updateErrors } from '../../testing.ts';
import type { CronJob } from '../../wire.ts';
import { cronJobKind } from './kind.ts';

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1' }] } };

describe('a cron job', () => {
  type Spec = NonNullable<CronJob['spec']>;
  const cronJob = (spec: Partial<Spec>, name = 'nightly'): CronJob => ({
    metadata: { name, namespace: 'default' },
    spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template } }, ...spec },
  });

  it('allows runs to overlap and keeps three good ones and a bad one', () => {
    const { jobTemplate, ...spec } = defaulted(cronJobKind, cronJob({})).spec ?? { jobTemplate: {} };
    expect(spec).toEqual({
      schedule: '0 3 * * *',
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    expect(jobTemplate?.spec).not.toHaveProperty('completions');
  });

  it.each<[string, Partial<Spec>, string[]]>([
    ['no fault', { timeZone: 'Europe/Berlin' }, []],
    [
      'a schedule of no sense',
      { schedule: '61 * * * *' },
      ['spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61'],
    ],
    [
      'a zone within the schedule',
      { schedule: 'TZ=UTC 0 3 * * *' },
      [
        'spec.schedule: Invalid value: "TZ=UTC 0 3 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ],
    ],
    [
      'an unknown zone',
      { timeZone: 'Mars/Base' },
      ['spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base'],
    ],
    [
      'no zone in particular',
      { timeZone: 'Local' },
      [
        'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      ],
    ],
    [
      'an empty zone',
      { timeZone: '' },
      ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'],
    ],
    [
      'an unknown policy and no history below zero',
      { concurrencyPolicy: 'Queue', failedJobsHistoryLimit: -1 },
      [
        'spec.concurrencyPolicy: Unsupported value: "Queue": supported values: "Allow", "Forbid", "Replace"',
        'spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'a selector',
      { jobTemplate: { spec: { template, selector: {}, manualSelector: true } } },
      [
        'spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated',
        'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
      ],
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(createErrors(cronJobKind, cronJob(spec))).toEqual(expected);
  });

  it('has a name with room for the time of a run', () => {
    expect(createErrors(cronJobKind, cronJob({}, 'a'.repeat(53)))).toEqual([
      `metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`,
    ]);
  });

  it('that named a zone in its schedule may go on doing so', () => {
    const old = cronJob({ schedule: 'TZ=UTC 0 3 * * *' });
    expect(updateErrors(cronJobKind, cronJob({ schedule: 'TZ=UTC 0 4 * * *' }), old)).toEqual([]);
    expect(
      updateErrors(cronJobKind, cronJob({ schedule: 'TZ=UTC 0 4 * * *', timeZone: 'UTC' }), old),
    ).toEqual([
      'spec.schedule: Invalid value: "TZ=UTC 0 4 * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
    ]);
  });
});
