import { expect, test } from 'vitest';
import { type ObservedContainer, observePod } from './observed.ts';
import type { Waiting } from './plan.ts';
import type { ReadonlyPod } from './spec.ts';
import { podStatus, type StatusInput } from './status.ts';

const nowMs = Date.parse('2026-01-01T00:01:00Z');
const ns = (text: string) => BigInt(Date.parse(text)) * 1_000_000n;

const basePod: ReadonlyPod = {
  metadata: { name: 'web', namespace: 'default', uid: 'u1', generation: 1 },
  spec: { restartPolicy: 'Always', containers: [{ name: 'a', image: 'busybox:1' }] },
};

const sandbox = {
  id: 's1',
  metadata: { name: 'web', namespace: 'default', uid: 'u1', attempt: 0 },
  state: 'Ready' as const,
  createdAtNs: 1n,
  labels: {},
  annotations: {},
  ips: ['10.0.0.2', 'fd00::2'],
};

function run(parts: Partial<ObservedContainer> = {}): ObservedContainer {
  return {
    id: 'c1',
    sandboxId: 's1',
    metadata: { name: 'a', attempt: 0 },
    name: 'a',
    state: 'Running',
    imageRef: 'sha256:1',
    createdAtNs: ns('2026-01-01T00:00:10Z'),
    labels: {},
    annotations: {},
    startedAtNs: ns('2026-01-01T00:00:10Z'),
    finishedAtNs: 0n,
    exitCode: 0,
    reason: '',
    message: '',
    image: 'docker.io/library/busybox:1',
    logPath: '',
    hash: '',
    restartCount: 0,
    ...parts,
  };
}

function input(
  parts: {
    pod?: ReadonlyPod;
    runs?: readonly ObservedContainer[];
    waiting?: Record<string, Waiting>;
    ready?: boolean;
  } & Partial<Pick<StatusInput, 'ended' | 'eviction' | 'replaced'>>,
): StatusInput {
  const { pod = basePod, runs = [], waiting = {}, ready = true, ...rest } = parts;
  return {
    pod,
    observed: { ...observePod('u1', runs.length > 0 ? [sandbox] : [], []), containers: runs },
    waiting: new Map(Object.entries(waiting)),
    probe: () => ({ started: true, ready }),
    replaced: () => undefined,
    resources: () => undefined,
    resizeConditions: [],
    ended: false,
    hostIps: ['172.30.1.11'],
    nowMs,
    ...rest,
  };
}

test('a running, ready pod, whole', () => {
  const time = '2026-01-01T00:01:00Z';
  const isTrue = (type: string) => ({
    type,
    status: 'True',
    observedGeneration: 1,
    lastTransitionTime: time,
  });
  expect(podStatus(input({ runs: [run()] }))).toEqual({
    phase: 'Running',
    observedGeneration: 1,
    conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
      isTrue,
    ),
    hostIP: '172.30.1.11',
    hostIPs: [{ ip: '172.30.1.11' }],
    podIP: '10.0.0.2',
    podIPs: [{ ip: '10.0.0.2' }, { ip: 'fd00::2' }],
    startTime: time,
    qosClass: 'BestEffort',
    containerStatuses: [
      {
        name: 'a',
        state: { running: { startedAt: '2026-01-01T00:00:10Z' } },
        lastState: {},
        ready: true,
        started: true,
        restartCount: 0,
        image: 'docker.io/library/busybox:1',
        imageID: 'sha256:1',
        containerID: 'containerd://c1',
      },
    ],
  });
});

const failed = run({ state: 'Exited', exitCode: 1, finishedAtNs: ns('2026-01-01T00:00:20Z') });

test.each([
  ['nothing there yet', {}, { state: { waiting: { reason: 'ContainerCreating' } } }, 'Pending'],
  [
    'an image cannot be pulled',
    { waiting: { a: { reason: 'ErrImagePull', message: 'no such image' } } },
    { state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } } },
    'Pending',
  ],
  [
    'failed, about to restart',
    { runs: [failed] },
    { state: { terminated: { exitCode: 1, reason: 'Error' } } },
    'Running',
  ],
  [
    'failed, in back-off',
    { runs: [failed], waiting: { a: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } } },
    { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 1 } } },
    'Running',
  ],
  [
    'failed, the next instance created but not running yet',
    { runs: [run({ id: 'c2', state: 'Created', restartCount: 1 }), failed] },
    { restartCount: 0, containerID: 'containerd://c1', state: { terminated: { exitCode: 1 } } },
    'Running',
  ],
  [
    'failed, the next instance could not start',
    {
      runs: [run({ id: 'c2', state: 'Created', restartCount: 1 }), failed],
      waiting: { a: { reason: 'RunContainerError', message: 'no such file' } },
    },
    { restartCount: 1, state: { waiting: { reason: 'RunContainerError', message: 'no such file' } } },
    'Running',
  ],
  [
    'running again after a failure',
    { runs: [run({ id: 'c2', restartCount: 1 }), failed] },
    { restartCount: 1, lastState: { terminated: { containerID: 'containerd://c1' } } },
    'Running',
  ],
  ['running, not ready', { runs: [run()], ready: false }, { ready: false, started: true }, 'Running'],
  [
    'killed for its memory',
    { runs: [run({ state: 'Exited', exitCode: 137, reason: 'OOMKilled' })] },
    { state: { terminated: { reason: 'OOMKilled', exitCode: 137 } } },
    'Running',
  ],
] as const)('%s', (_title, parts, container, phase) => {
  const status = podStatus(input(parts as Parameters<typeof input>[0]));
  expect(status.containerStatuses?.[0]).toMatchObject(container);
  expect(status.phase).toBe(phase);
});

test.each([
  ['Never', 0, 'Succeeded'],
  ['Never', 1, 'Failed'],
  ['OnFailure', 0, 'Succeeded'],
  ['OnFailure', 1, 'Running'],
  ['Always', 0, 'Running'],
] as const)('with restart policy %s and exit code %i the phase is %s', (restartPolicy, exitCode, phase) => {
  const pod = { ...basePod, spec: { containers: [{ name: 'a' }], restartPolicy } };
  const status = podStatus(input({ pod, runs: [run({ state: 'Exited', exitCode, finishedAtNs: 1n })] }));
  expect(status.phase).toBe(phase);
});

test('unready containers are named in the conditions', () => {
  const { conditions } = podStatus(input({ runs: [run()], ready: false }));
  expect(conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [a]',
  });
});

test('init containers keep the pod pending, and are named', () => {
  const pod = { ...basePod, spec: { initContainers: [{ name: 'i' }], containers: [{ name: 'a' }] } };
  const status = podStatus(input({ pod, runs: [run({ name: 'i' })] }));
  expect(status.phase).toBe('Pending');
  expect(status.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
  expect(status.conditions?.find(({ type }) => type === 'Initialized')).toMatchObject({
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: 'containers with incomplete status: [i]',
  });
});

test('times of unchanged conditions stay, and conditions of others are none of the kubelet’s', () => {
  const conditions = [
    { type: 'Ready', status: 'True', lastTransitionTime: '2025-12-31T00:00:00Z' },
    { type: 'example.com/gate', status: 'True' },
  ];
  const pod = { ...basePod, status: { conditions } };
  const status = podStatus(input({ pod, runs: [run()] }));
  expect(status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime).toBe(
    '2025-12-31T00:00:00Z',
  );
  expect(status.conditions?.map(({ type }) => type)).not.toContain('example.com/gate');
});

test('a deleted pod that was stopped has failed or succeeded by its exit codes', () => {
  const phaseOf = (exitCode: number) =>
    podStatus(input({ ended: true, runs: [run({ state: 'Exited', exitCode })] })).phase;
  expect([phaseOf(0), phaseOf(143)]).toEqual(['Succeeded', 'Failed']);
});

test('an exceeded deadline is the reason of the failure', () => {
  const eviction = {
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  };
  expect(podStatus(input({ runs: [run()], eviction }))).toMatchObject({ phase: 'Failed', ...eviction });
});

test('what was reported of an ended pod stays true when the runtime has forgotten it', () => {
  const reported = {
    name: 'a',
    ready: false,
    restartCount: 2,
    image: 'x',
    imageID: 'y',
    containerID: 'containerd://c1',
    state: { terminated: { exitCode: 0, reason: 'Completed' } },
  };
  const pod = { ...basePod, status: { phase: 'Succeeded', containerStatuses: [reported] } };
  expect(podStatus(input({ pod, ended: true })).containerStatuses).toEqual([reported]);
});

test('the runs of a container that a running pod has lost are counted on, however long it waits', () => {
  const lost = {
    name: 'a',
    image: 'busybox:1',
    imageID: 'sha256:1',
    containerID: 'containerd://c1',
    ready: true,
    started: true,
    restartCount: 3,
    state: { running: { startedAt: '2026-01-01T00:00:10Z' } },
    lastState: {},
  };
  const pod = { ...basePod, status: { phase: 'Running', containerStatuses: [lost] } };
  const first = podStatus(input({ pod }));
  expect(first.containerStatuses).toMatchObject([{ restartCount: 3, state: { waiting: {} } }]);
  const second = podStatus(input({ pod: { ...pod, status: first as NonNullable<ReadonlyPod['status']> } }));
  expect(second.containerStatuses).toMatchObject([{ restartCount: 3, state: { waiting: {} } }]);
});
