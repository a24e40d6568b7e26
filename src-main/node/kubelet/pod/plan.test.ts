import { describe, expect, test } from 'vitest';
import { containerHash } from './labels.ts';
import { type ObservedContainer, type ObservedPod, observePod } from './observed.ts';
import { type PodMemory, type PodPlan, type ProbeResult, planPod } from './plan.ts';
import type { ReadonlyPod } from './spec.ts';

const nowMs = Date.parse('2026-01-01T00:01:00Z');

interface Shape {
  policy?: 'Always' | 'OnFailure' | 'Never';
  init?: readonly { name: string; sidecar?: boolean }[];
  apps?: readonly string[];
  ephemeral?: readonly string[];
  deleted?: boolean;
  phase?: string;
  deadlineSeconds?: number;
}

function pod({
  policy = 'Always',
  init = [],
  apps = ['a'],
  ephemeral = [],
  deleted,
  phase,
  deadlineSeconds,
}: Shape = {}): ReadonlyPod {
  return {
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u1',
      ...(deleted && { deletionTimestamp: '2026-01-01T00:01:00Z' }),
    },
    spec: {
      restartPolicy: policy,
      initContainers: init.map(({ name, sidecar }) => ({
        name,
        image: 'i',
        ...(sidecar && { restartPolicy: 'Always' }),
      })),
      containers: apps.map((name) => ({ name, image: 'i' })),
      ephemeralContainers: ephemeral.map((name) => ({ name, image: 'i' })),
      ...(deadlineSeconds !== undefined && { activeDeadlineSeconds: deadlineSeconds }),
    },
    status: { startTime: '2026-01-01T00:00:00Z', ...(phase && { phase }) },
  };
}

type Run = Partial<ObservedContainer> & { name: string };

function observed(runs: readonly Run[], sandbox: 'Ready' | 'NotReady' | 'none' = 'Ready'): ObservedPod {
  const sandboxes =
    sandbox === 'none'
      ? []
      : [
          {
            id: 's1',
            metadata: { name: 'web', namespace: 'default', uid: 'u1', attempt: 0 },
            state: sandbox,
            createdAtNs: 1n,
            labels: {},
            annotations: {},
            ips: ['10.0.0.2'],
          },
        ];
  const containers = runs.map((run) => container(run));
  return { ...observePod('u1', sandboxes, []), containers };
}

function container(run: Run): ObservedContainer {
  return {
    id: `${run.name}-1`,
    sandboxId: 's1',
    metadata: { name: run.name, attempt: 0 },
    state: 'Running',
    imageRef: 'sha256:1',
    createdAtNs: 1n,
    labels: {},
    annotations: {},
    startedAtNs: 1n,
    finishedAtNs: BigInt(nowMs - 1000) * 1_000_000n,
    exitCode: 0,
    reason: '',
    message: '',
    image: 'i',
    logPath: '',
    hash: containerHash({ name: run.name, image: 'i' }),
    restartCount: 0,
    ...run,
  };
}

function memory(
  parts: {
    probes?: Record<string, ProbeResult>;
    backoff?: string[];
    retry?: Record<string, number>;
    replaced?: Record<string, string>;
  } = {},
): PodMemory {
  return {
    probe: (id) => parts.probes?.[id] ?? { started: true, ready: true },
    backoff: ({ name }) =>
      parts.backoff?.includes(name) ? { untilMs: nowMs + 9000, delayMs: 10_000 } : undefined,
    retryAtMs: (subject) => parts.retry?.[subject],
    replaced: (name) => parts.replaced?.[name],
    resize: () => 'none',
  };
}

/** A plan in few words, so that tables can be read. */
function words(plan: PodPlan): string {
  if (plan.type !== 'run') return plan.type === 'settled' ? 'settled' : `terminate ${plan.reason}`;
  const parts = [
    plan.createSandbox === undefined ? '' : `sandbox#${plan.createSandbox}`,
    ...plan.kill.map(({ name, cause }) => `kill ${name} (${cause})`),
    ...plan.start.map(({ container: { name } }) => `start ${name}`),
    ...[...plan.waiting].map(([name, { reason }]) => `${name} ${reason}`),
  ];
  return parts.filter((part) => part !== '').join(', ') || 'nothing';
}

const exited = (name: string, exitCode = 0): Run => ({ name, state: 'Exited', exitCode });

describe('planPod', () => {
  const cases: readonly [string, Shape, ObservedPod, string][] = [
    [
      'a new pod gets a sandbox and all its containers',
      { apps: ['a', 'b'] },
      observed([], 'none'),
      'sandbox#0, start a, start b',
    ],
    ['a running pod is left alone', {}, observed([{ name: 'a' }]), 'nothing'],
    [
      'a dead sandbox is replaced and everything starts anew',
      {},
      observed([exited('a', 255)], 'NotReady'),
      'sandbox#1, start a',
    ],
    [
      'a dead sandbox of a pod that never restarts ends it',
      { policy: 'Never' },
      observed([exited('a', 255)], 'NotReady'),
      'settled',
    ],
    [
      'only the first init container starts at first',
      { init: [{ name: 'i' }, { name: 'j' }] },
      observed([], 'none'),
      'sandbox#0, start i',
    ],
    [
      'a running init container is waited for',
      { init: [{ name: 'i' }] },
      observed([{ name: 'i' }]),
      'nothing',
    ],
    [
      'the next init container follows a successful one',
      { init: [{ name: 'i' }, { name: 'j' }] },
      observed([exited('i')]),
      'start j',
    ],
    [
      'the containers follow the last init container',
      { init: [{ name: 'i' }] },
      observed([exited('i')]),
      'start a',
    ],
    ['a failed init container runs again', { init: [{ name: 'i' }] }, observed([exited('i', 1)]), 'start i'],
    [
      'a failed init container ends a pod that never restarts',
      { init: [{ name: 'i' }], policy: 'Never' },
      observed([exited('i', 1)]),
      'terminate completed',
    ],
    [
      'a started sidecar lets the next one begin',
      { init: [{ name: 's', sidecar: true }, { name: 'i' }] },
      observed([{ name: 's' }]),
      'start i',
    ],
    [
      'a dead sidecar is restarted beside running containers',
      { init: [{ name: 's', sidecar: true }] },
      observed([exited('s'), { name: 'a' }]),
      'start s',
    ],
    [
      'sidecars do not keep a finished pod alive',
      { init: [{ name: 's', sidecar: true }], policy: 'Never' },
      observed([{ name: 's' }, exited('a')]),
      'terminate completed',
    ],
    ['Always restarts what succeeded', {}, observed([exited('a')]), 'start a'],
    [
      'OnFailure does not restart what succeeded',
      { policy: 'OnFailure', apps: ['a', 'b'] },
      observed([exited('a'), { name: 'b' }]),
      'nothing',
    ],
    ['OnFailure restarts what failed', { policy: 'OnFailure' }, observed([exited('a', 1)]), 'start a'],
    ['a finished pod is taken down', { policy: 'OnFailure' }, observed([exited('a')]), 'terminate completed'],
    [
      'a changed image replaces the container',
      {},
      observed([{ name: 'a', hash: 'old' }]),
      'kill a (changed)',
    ],
    [
      'a container in unknown state is killed first',
      {},
      observed([{ name: 'a', state: 'Unknown' }]),
      'kill a (unknown)',
    ],
    ['a deleted pod is terminated', { deleted: true }, observed([{ name: 'a' }]), 'terminate deleted'],
    [
      'a deleted pod without anything left is settled',
      { deleted: true },
      observed([exited('a')], 'NotReady'),
      'settled',
    ],
    [
      'a pod past its deadline is terminated',
      { deadlineSeconds: 30 },
      observed([{ name: 'a' }]),
      'terminate evicted',
    ],
    [
      'a pod that has failed does not start again',
      { phase: 'Failed' },
      observed([exited('a', 1)], 'NotReady'),
      'settled',
    ],
  ];
  test.each(cases)('%s', (_title, shape, state, expected) => {
    expect(words(planPod(pod(shape), state, memory(), nowMs))).toBe(expected);
  });

  test('a failing probe kills the container, whose successor waits for its end', () => {
    const probes = { 'a-1': { started: true, ready: false, failed: 'liveness' } } as const;
    const plan = planPod(pod(), observed([{ name: 'a' }]), memory({ probes }), nowMs);
    expect(plan).toMatchObject({
      kill: [{ id: 'a-1', message: 'Container a failed liveness probe, will be restarted' }],
      start: [],
    });
  });

  test.each(['Always', 'OnFailure', 'Never'] as const)(
    'a container killed to be started anew is, whatever the policy (%s) says of ended ones',
    (policy) => {
      const ended = observed([exited('a')]);
      expect(words(planPod(pod({ policy }), ended, memory({ replaced: { a: 'a-1' } }), nowMs))).toBe(
        'start a',
      );
    },
  );

  test('a container in back-off waits, and the plan says until when', () => {
    const plan = planPod(pod(), observed([exited('a', 1)]), memory({ backoff: ['a'] }), nowMs);
    expect(words(plan)).toBe('a CrashLoopBackOff');
    expect(plan).toMatchObject({ wakeAtMs: nowMs + 9000 });
  });

  test('after a failure of what all containers need nothing starts before its time', () => {
    const plan = planPod(
      pod(),
      observed([exited('a', 1)]),
      memory({ retry: { sandbox: nowMs + 500 } }),
      nowMs,
    );
    expect(words(plan)).toBe('nothing');
    expect(plan).toMatchObject({ wakeAtMs: nowMs + 500 });
  });

  test('a deadline to come wakes the pod in time', () => {
    expect(planPod(pod({ deadlineSeconds: 90 }), observed([{ name: 'a' }]), memory(), nowMs)).toMatchObject({
      wakeAtMs: nowMs + 30_000,
    });
  });

  test('init containers run again in a new sandbox', () => {
    const old = { ...exited('i'), sandboxId: 'gone' };
    expect(words(planPod(pod({ init: [{ name: 'i' }] }), observed([old]), memory(), nowMs))).toBe('start i');
  });
});

describe('ephemeral containers', () => {
  const debugged = pod({ policy: 'Never', ephemeral: ['debug'] });
  const plan = (...runs: Run[]) => words(planPod(debugged, observed(runs), memory(), nowMs));

  test('start once, in the running pod', () => {
    expect(plan({ name: 'a' })).toBe('start debug');
    expect(plan({ name: 'a' }, { name: 'debug' })).toBe('nothing');
    expect(plan({ name: 'a' }, exited('debug', 1))).toBe('nothing');
  });

  test('do not keep a pod alive whose containers have ended', () => {
    expect(plan(exited('a'), { name: 'debug' })).toBe(
      words(planPod(debugged, observed([exited('a')]), memory(), nowMs)),
    );
  });
});
