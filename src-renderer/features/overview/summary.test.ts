import type { ContainerState, Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { expect, test } from 'vitest';
import { nodeUse, podRequest, podsByState } from './summary.ts';

const pod = (nodeName: string, phase: string, cpu: string, init?: string) => ({
  spec: {
    nodeName,
    containers: [{ name: 'a', resources: { requests: { cpu, memory: '64Mi' } } }, { name: 'b' }],
    ...(init && { initContainers: [{ name: 'i', resources: { requests: { cpu: init } } }] }),
  },
  status: { phase },
});
const node = (name: string, ready: string) => ({
  metadata: { name },
  spec: {},
  status: {
    allocatable: { cpu: '2', memory: '1Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: ready }],
  },
});

test('requests are summed per node, without finished pods', () => {
  const use = nodeUse(
    [node('n-2', 'False'), node('n-1', 'True')],
    [pod('n-1', 'Running', '250m'), pod('n-1', 'Pending', '1'), pod('n-1', 'Succeeded', '1')],
  );
  expect(use).toEqual([
    {
      name: 'n-1',
      ready: true,
      cordoned: false,
      pods: 2,
      podCapacity: 110,
      cpuRequested: 1.25,
      cpuAllocatable: 2,
      memoryRequested: 128 * 1024 ** 2,
      memoryAllocatable: 1024 ** 3,
    },
    {
      name: 'n-2',
      ready: false,
      cordoned: false,
      pods: 0,
      podCapacity: 110,
      cpuRequested: 0,
      cpuAllocatable: 2,
      memoryRequested: 0,
      memoryAllocatable: 1024 ** 3,
    },
  ]);
});

test('an init container counts when it asks for more than all others together', () => {
  expect(podRequest(pod('n', 'Pending', '250m', '2'), 'cpu')).toBe(2);
  expect(podRequest(pod('n', 'Pending', '250m', '100m'), 'cpu')).toBe(0.25);
});

test('pods are counted by what kubectl shows of them, not by their phase', () => {
  const withState = (phase: string, state: ContainerState) => ({
    spec: { containers: [{ name: 'a' }] },
    status: {
      phase,
      containerStatuses: [{ name: 'a', restartCount: 0, ready: false, image: 'a', imageID: '', state }],
    },
  });
  const waiting = (reason: string) => ({ waiting: { reason } });
  const ended = (exitCode: number, reason: string) => ({ terminated: { exitCode, reason } });
  const pods: readonly DeepReadonly<Pod>[] = [
    withState('Running', { running: { startedAt: '2026-01-01T00:00:00Z' } }),
    withState('Running', waiting('CrashLoopBackOff')),
    withState('Running', ended(1, 'Error')),
    withState('Pending', waiting('ImagePullBackOff')),
    withState('Pending', waiting('ContainerCreating')),
    { status: { phase: 'Pending' } },
    withState('Succeeded', ended(0, 'Completed')),
    withState('Failed', ended(1, 'Error')),
    { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, status: { phase: 'Running' } },
    {},
  ];
  expect(Object.fromEntries(podsByState(pods))).toEqual({
    running: 1,
    failing: 4,
    pending: 2,
    completed: 1,
    terminating: 1,
    unknown: 1,
  });
});
