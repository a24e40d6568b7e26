import { describe, expect, it } from 'vitest';
import { nowMs, row, secondsAgo } from '../../testing.ts';
import type { ContainerStatus, Pod } from '../../wire.ts';
import { podColumns } from './pod-columns.ts';
import { podHealth } from './pod-health.ts';
import { isPodAvailable, isPodReady, isPodTerminal, podPhaseText } from './pod-status.ts';

type State = NonNullable<ContainerStatus['state']>;

function container(name: string, state: State, more: Partial<ContainerStatus> = {}): ContainerStatus {
  return { name, image: 'busybox', imageID: '', ready: false, restartCount: 0, state, ...more };
}

const running: State = { running: { startedAt: secondsAgo(60) } };
const waiting = (reason: string): State => ({ waiting: { reason } });
const ended = (exitCode: number, reason?: string, signal?: number): State => ({
  terminated: { exitCode, ...(reason && { reason }), ...(signal !== undefined && { signal }) },
});
const ready = { type: 'Ready', status: 'True', lastTransitionTime: secondsAgo(30) };

interface Case {
  says: string;
  ready?: string;
  restarts?: string;
  phase: string;
  init?: { name: string; restartPolicy?: string }[];
  containers?: string[];
  initStatuses?: ContainerStatus[];
  statuses?: ContainerStatus[];
  conditions?: NonNullable<NonNullable<Pod['status']>['conditions']>;
  reason?: string;
  deleted?: boolean;
}

function podOf(example: Case): Pod {
  return {
    metadata: { name: 'a', ...(example.deleted && { deletionTimestamp: secondsAgo(1) }) },
    spec: {
      containers: (example.containers ?? ['main']).map((name) => ({ name })),
      ...(example.init && { initContainers: example.init }),
    },
    status: {
      phase: example.phase,
      ...(example.reason && { reason: example.reason }),
      ...(example.conditions && { conditions: example.conditions }),
      ...(example.initStatuses && { initContainerStatuses: example.initStatuses }),
      ...(example.statuses && { containerStatuses: example.statuses }),
    },
  };
}

const cases: Record<string, Case> = {
  'a pod nobody has seen yet': { phase: 'Pending', says: 'Pending', ready: '0/1', restarts: '0' },
  'a gated pod': {
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
    says: 'SchedulingGated',
  },
  'a pod whose container is being made': {
    phase: 'Pending',
    statuses: [container('main', waiting('ContainerCreating'))],
    says: 'ContainerCreating',
  },
  'a ready pod': {
    phase: 'Running',
    conditions: [ready],
    statuses: [container('main', running, { ready: true })],
    says: 'Running',
    ready: '1/1',
  },
  'a crashing pod': {
    phase: 'Running',
    statuses: [
      container('main', waiting('CrashLoopBackOff'), {
        restartCount: 2,
        lastState: { terminated: { exitCode: 1, finishedAt: secondsAgo(180) } },
      }),
    ],
    says: 'CrashLoopBackOff',
    ready: '0/1',
    restarts: '2 (3m ago)',
  },
  'the first of two troubled containers': {
    phase: 'Running',
    containers: ['a', 'b'],
    statuses: [container('a', waiting('ImagePullBackOff')), container('b', waiting('CrashLoopBackOff'))],
    says: 'ImagePullBackOff',
    ready: '0/2',
  },
  'a pod whose work is done': {
    phase: 'Succeeded',
    statuses: [container('main', ended(0, 'Completed'))],
    says: 'Completed',
  },
  'a failed container with an exit code only': {
    phase: 'Failed',
    statuses: [container('main', ended(3))],
    says: 'ExitCode:3',
  },
  'a container killed by a signal': {
    phase: 'Failed',
    statuses: [container('main', ended(137, undefined, 9))],
    says: 'Signal:9',
  },
  'one container done, another at work and ready': {
    phase: 'Running',
    containers: ['a', 'b'],
    conditions: [ready],
    statuses: [container('a', ended(0, 'Completed')), container('b', running, { ready: true })],
    says: 'Running',
    ready: '1/2',
  },
  'one container done, another at work, the pod not ready': {
    phase: 'Running',
    containers: ['a', 'b'],
    statuses: [container('a', ended(0, 'Completed')), container('b', running, { ready: true })],
    says: 'NotReady',
    ready: '1/2',
  },
  'an evicted pod': { phase: 'Failed', reason: 'Evicted', says: 'Evicted' },
  'the first init container at work': {
    phase: 'Pending',
    init: [{ name: 'i' }, { name: 'j' }],
    initStatuses: [container('i', running), container('j', waiting('PodInitializing'))],
    statuses: [container('main', waiting('PodInitializing'))],
    says: 'Init:0/2',
    ready: '0/1',
  },
  'the second init container at work': {
    phase: 'Pending',
    init: [{ name: 'i' }, { name: 'j' }],
    initStatuses: [container('i', ended(0, 'Completed'), { ready: true }), container('j', running)],
    statuses: [container('main', waiting('PodInitializing'))],
    says: 'Init:1/2',
  },
  'a crashing init container': {
    phase: 'Pending',
    init: [{ name: 'i' }],
    initStatuses: [
      container('i', waiting('CrashLoopBackOff'), {
        restartCount: 4,
        lastState: { terminated: { exitCode: 1, finishedAt: secondsAgo(7200) } },
      }),
    ],
    statuses: [container('main', waiting('PodInitializing'))],
    says: 'Init:CrashLoopBackOff',
    restarts: '4 (120m ago)',
  },
  'an init container that failed': {
    phase: 'Pending',
    init: [{ name: 'i' }],
    initStatuses: [container('i', ended(1, 'Error'))],
    says: 'Init:Error',
  },
  'an init container that ended with an unnamed code': {
    phase: 'Pending',
    init: [{ name: 'i' }],
    initStatuses: [container('i', ended(2))],
    says: 'Init:ExitCode:2',
  },
  'a started sidecar counts as a container': {
    phase: 'Running',
    init: [{ name: 's', restartPolicy: 'Always' }],
    conditions: [ready],
    initStatuses: [container('s', running, { ready: true, started: true, restartCount: 1 })],
    statuses: [container('main', running, { ready: true })],
    says: 'Running',
    ready: '2/2',
    restarts: '1',
  },
  'a sidecar that has not started holds the pod back': {
    phase: 'Pending',
    init: [{ name: 's', restartPolicy: 'Always' }],
    initStatuses: [container('s', running, { started: false })],
    statuses: [container('main', waiting('PodInitializing'))],
    says: 'Init:0/1',
    ready: '0/2',
  },
  'a pod being deleted': {
    phase: 'Running',
    deleted: true,
    statuses: [container('main', running, { ready: true })],
    says: 'Terminating',
    ready: '1/1',
  },
  'a finished pod being deleted keeps its word': {
    phase: 'Succeeded',
    deleted: true,
    statuses: [container('main', ended(0, 'Completed'))],
    says: 'Completed',
  },
  'a pod lost with its node': { phase: 'Running', reason: 'NodeLost', deleted: true, says: 'Unknown' },
};

describe('kubectl get pods', () => {
  it.each(Object.entries(cases))('shows %s', (_title, example) => {
    const cells = row(podColumns, podOf(example));
    expect(podPhaseText(podOf(example))).toBe(example.says);
    expect({ Status: cells.Status, Ready: cells.Ready, Restarts: cells.Restarts }).toEqual({
      Status: example.says,
      Ready: example.ready ?? cells.Ready,
      Restarts: example.restarts ?? cells.Restarts,
    });
  });

  it('prints <none> for what an unscheduled pod has not', () => {
    expect(row(podColumns, { metadata: { name: 'a', creationTimestamp: secondsAgo(5) } })).toEqual({
      Name: 'a',
      Ready: '0/0',
      Status: '',
      Restarts: '0',
      Age: secondsAgo(5),
      IP: '<none>',
      Node: '<none>',
      'Nominated Node': '<none>',
      'Readiness Gates': '<none>',
    });
  });

  it('counts the readiness gates that are met', () => {
    const pod: Pod = {
      spec: { containers: [], readinessGates: [{ conditionType: 'a/x' }, { conditionType: 'a/y' }] },
      status: { conditions: [{ type: 'a/x', status: 'True' }] },
    };
    expect(row(podColumns, pod)['Readiness Gates']).toBe('1/2');
  });
});

describe('a pod', () => {
  it('is ready by its condition, and available once it has been so for long enough', () => {
    const pod: Pod = { status: { conditions: [ready] } };
    expect([isPodReady(pod), isPodAvailable(pod, 30, nowMs), isPodAvailable(pod, 31, nowMs)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(isPodReady({})).toBe(false);
  });

  it('is terminal when it has succeeded or failed', () => {
    const phases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];
    expect(phases.filter((phase) => isPodTerminal({ status: { phase } }))).toEqual(['Succeeded', 'Failed']);
  });

  it('fares as the window shows it', () => {
    const levels = Object.entries(cases).map(([title, example]) => [title, podHealth(podOf(example)).level]);
    expect(Object.fromEntries(levels)).toMatchObject({
      'a ready pod': 'ok',
      'a crashing pod': 'error',
      'a pod whose work is done': 'done',
      'the first init container at work': 'progress',
      'a crashing init container': 'error',
      'a pod being deleted': 'progress',
      'an evicted pod': 'error',
      'a pod lost with its node': 'warn',
    });
  });
});
