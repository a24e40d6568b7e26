import { describe, expect, it } from 'vitest';
import { created, createErrors, defaulted, nowMs, row, secondsAgo } from '../../testing.ts';
import type { Job, JobSpec, JobStatus } from '../../wire.ts';
import { jobKind } from './kind.ts';

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1' }] } };

const uid = '11111111-2222-3333-4444-555555555555';

const job = (spec: Partial<JobSpec>, status?: JobStatus): Job => ({
  metadata: { name: 'work', namespace: 'default', uid },
  spec: { template, ...spec },
  ...(status && { status }),
});

const indexed = { completionMode: 'Indexed', completions: 3 };

describe('a job', () => {
  it('runs one pod with a selector of its own', () => {
    const { template: made, ...spec } = created(jobKind, job({})).spec ?? { template: {} };
    expect(spec).toEqual({
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      manualSelector: false,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
    });
    expect(made.metadata?.labels).toEqual({
      'controller-uid': uid,
      'job-name': 'work',
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': 'work',
    });
  });

  it.each<[string, Partial<JobSpec>, Partial<JobSpec>]>([
    ['parallelism alone, has no number of completions', { parallelism: 3 }, { parallelism: 3 }],
    [
      'a limit per index, has none in all',
      { ...indexed, backoffLimitPerIndex: 1 },
      { backoffLimit: 2147483647 },
    ],
    [
      'a failure policy, replaces failed pods only',
      { podFailurePolicy: { rules: [] } },
      { podReplacementPolicy: 'Failed' },
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(defaulted(jobKind, job(spec)).spec).toMatchObject(expected);
    expect(defaulted(jobKind, job({ parallelism: 3 })).spec).not.toHaveProperty('completions');
  });

  it.each<[string, Partial<JobSpec>, string[]]>([
    ['no fault', {}, []],
    [
      'numbers below zero',
      { parallelism: -1, ttlSecondsAfterFinished: -1 },
      [
        'spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
        'spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'pods that never end',
      { template: { spec: { ...template.spec, restartPolicy: 'Always' } } },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'indexes without a number of them',
      { completionMode: 'Indexed', parallelism: 2 },
      ['spec.completions: Required value: when completion mode is Indexed'],
    ],
    [
      'limits per index without indexes',
      { backoffLimitPerIndex: 1, maxFailedIndexes: 1 },
      [
        'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
        'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
      ],
    ],
    [
      'a failure policy full of faults',
      {
        podFailurePolicy: {
          rules: [
            {
              action: 'FailIndex',
              onExitCodes: { operator: 'In', values: [3, 0, 3], containerName: 'side' },
            },
            { action: 'Shrug', onPodConditions: [{ type: 'DisruptionTarget', status: 'Maybe' }] },
            { action: 'Ignore' },
          ],
        },
      },
      [
        'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "side": must be one of the container or initContainer names in the pod template',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 3',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,0,3]: must be ordered',
        'spec.podFailurePolicy.rules[1].action: Unsupported value: "Shrug": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
        'spec.podFailurePolicy.rules[1].onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
        'spec.podFailurePolicy.rules[2]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
      ],
    ],
    [
      'a success policy beyond its indexes',
      {
        ...indexed,
        successPolicy: {
          rules: [
            { succeededIndexes: '0-1', succeededCount: 3 },
            { succeededIndexes: '2,1' },
            { succeededIndexes: '7' },
            {},
          ],
        },
      },
      [
        'spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
        'spec.successPolicy.rules[1].succeededIndexes: Invalid value: "2,1": error parsing succeededIndexes: non-increasing order, previous: 2, current: 1',
        'spec.successPolicy.rules[2].succeededIndexes: Invalid value: "7": error parsing succeededIndexes: too large index: "7"',
        'spec.successPolicy.rules[3]: Required value: at least one of succeededCount or succeededIndexes must be specified',
      ],
    ],
    [
      'a manager of no domain',
      { managedBy: 'me' },
      ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
    ],
    [
      'a selector of its own without saying so',
      { selector: { matchLabels: { app: 'x' } } },
      [
        'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"11111111-2222-3333-4444-555555555555","app":"x"}}: `selector` not auto-generated',
        expect.stringContaining('spec.template.metadata.labels: Invalid value:') as unknown as string,
      ],
    ],
    [
      'a selector of its own',
      {
        manualSelector: true,
        selector: { matchLabels: { app: 'x' } },
        template: { ...template, metadata: { labels: { app: 'x' } } },
      },
      [],
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(createErrors(jobKind, job(spec))).toEqual(expected);
  });

  it('whose pods would have too long a name is refused', () => {
    const long = { ...job(indexed), metadata: { name: 'a'.repeat(62), namespace: 'default', uid } };
    expect(createErrors(jobKind, long)).toEqual([
      `metadata.name: Invalid value: "${'a'.repeat(62)}": will not able to create pod with invalid DNS label: ${'a'.repeat(62)}-2`,
    ]);
  });

  describe('that exists', () => {
    const moved = { spec: { ...template.spec, nodeSelector: { disk: 'fast' } } };
    const changeErrors = (now: Partial<JobSpec>, old: Partial<JobSpec>): string[] => {
      const before = created(jobKind, job(old));
      const kept = before.spec?.template;
      const spec = { ...before.spec, ...now, template: { ...kept, ...now.template } };
      const errors = jobKind.strategy.validateUpdate?.(defaulted(jobKind, { ...before, spec }), before) ?? [];
      return errors.map(({ field, message }) => `${field}: ${message}`);
    };
    const fields = (now: Partial<JobSpec>, old: Partial<JobSpec>) =>
      changeErrors(now, old).map((text) => text.split(':')[0]);

    it('keeps its pods', () => {
      expect(fields({ template: moved }, {})).toEqual(['spec.template']);
      expect(fields({ completions: 2 }, { completions: 3 })).toEqual(['spec.completions']);
      expect(fields({ managedBy: 'acme.io/other' }, {})).toEqual(['spec.managedBy']);
      expect(
        fields(
          { parallelism: 5, backoffLimit: 1, suspend: true, ttlSecondsAfterFinished: 5 },
          { completions: 1 },
        ),
      ).toEqual([]);
    });

    it('grows and shrinks when indexed, completions and parallelism together', () => {
      const old = { ...indexed, parallelism: 3 };
      expect(fields({ ...indexed, completions: 5, parallelism: 5 }, old)).toEqual([]);
      expect(changeErrors({ ...indexed, completions: 5, parallelism: 3 }, old)).toEqual([
        'spec.completions: Invalid value: 5: can only be modified in tandem with spec.parallelism',
      ]);
    });

    it('may be sent elsewhere while it is suspended and has not begun', () => {
      expect(fields({ template: moved, suspend: true }, { suspend: true })).toEqual([]);
      const image = { spec: { ...template.spec, containers: [{ name: 'main', image: 'work:2' }] } };
      expect(fields({ template: image, suspend: true }, { suspend: true })).toEqual(['spec.template.spec']);
    });

    it('may be given other resources while it has no pods', () => {
      const sized = {
        spec: {
          ...template.spec,
          containers: [{ name: 'main', image: 'work:1', resources: { requests: { cpu: '1' } } }],
        },
      };
      const old = created(jobKind, job({ suspend: true }));
      const stopped = {
        ...old,
        status: { startTime: secondsAgo(60), conditions: [{ type: 'Suspended', status: 'True' }] },
      };
      const now = defaulted(jobKind, {
        ...old,
        spec: { ...old.spec, template: { ...old.spec?.template, ...sized } },
      });
      expect(jobKind.strategy.validateUpdate?.(now, stopped)).toEqual([]);
      expect(jobKind.strategy.validateUpdate?.(now, old)).toEqual([]);
      for (const status of [{ startTime: secondsAgo(60) }, { ...stopped.status, active: 1 }]) {
        expect(jobKind.strategy.validateUpdate?.(now, { ...old, status })).toMatchObject([
          { field: 'spec.template', type: 'FieldValueInvalid' },
        ]);
      }
    });
  });

  const status = (now: JobStatus, old: JobStatus = {}, spec: Partial<JobSpec> = {}) =>
    jobKind.strategy
      .validateStatusUpdate?.(job(spec, now), job(spec, old))
      .map(({ field, message }) => `${field}: ${message}`);
  const met = (...types: string[]) => types.map((type) => ({ type, status: 'True' }));
  const done: JobStatus = {
    startTime: secondsAgo(60),
    completionTime: secondsAgo(10),
    succeeded: 1,
    conditions: met('SuccessCriteriaMet', 'Complete'),
  };

  it.each<[string, JobStatus, JobStatus, Partial<JobSpec>, string[]]>([
    ['ends', done, { startTime: secondsAgo(60), active: 1 }, {}, []],
    [
      'ends without a word why',
      { ...done, conditions: met('Complete') },
      {},
      {},
      [
        'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
      ],
    ],
    [
      'ends both ways at once',
      { ...done, conditions: met('SuccessCriteriaMet', 'Complete', 'Failed', 'FailureTarget') },
      {},
      {},
      [
        'status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions',
        'status.conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions',
        'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions',
        'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
      ],
    ],
    [
      'ends before it began',
      { ...done, startTime: secondsAgo(5) },
      {},
      {},
      [`status.completionTime: Invalid value: "${secondsAgo(10)}": must be equal to or after \`startTime\``],
    ],
    [
      'begins again',
      { startTime: secondsAgo(60) },
      done,
      {},
      [
        'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
        'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
        'status.succeeded: Invalid value: 0: cannot decrease the succeeded counter',
      ],
    ],
    [
      'has more ready pods than pods',
      { active: 1, ready: 2 },
      {},
      {},
      ['status.ready: Invalid value: 2: cannot set more ready pods than active'],
    ],
    [
      'counts an index twice',
      { completedIndexes: '0-1', failedIndexes: '1' },
      {},
      { ...indexed, backoffLimitPerIndex: 1 },
      ['status.failedIndexes: Invalid value: "1": failedIndexes and completedIndexes overlap at index: 1'],
    ],
    [
      'counts pods twice',
      { uncountedTerminatedPods: { succeeded: ['a', ''], failed: ['a'] } },
      {},
      {},
      [
        'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
        'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
      ],
    ],
  ])('that %s', (_title, now, old, spec, expected) => {
    expect(status(now, old, spec)).toEqual(expected);
  });

  it('is listed as kubectl lists it', () => {
    const running = job({ completions: 3 }, { startTime: secondsAgo(90), succeeded: 1 });
    expect(row(jobKind.columns, running)).toMatchObject({
      Status: 'Running',
      Completions: '1/3',
      Duration: '90s',
    });
    expect(row(jobKind.columns, job({ parallelism: 2 }, done))).toMatchObject({
      Status: 'Complete',
      Completions: '1/1 of 2',
      Duration: '50s',
    });
    expect(nowMs).toBeGreaterThan(0);
  });
});
