import { expect, test } from 'vitest';
import { nodeUse, podRequest, podsByPhase } from './summary.ts';

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

test('pods without a phase count as unknown', () => {
  expect([...podsByPhase([pod('n', 'Running', '1'), pod('n', 'Running', '1'), {}])]).toEqual([
    ['Running', 2],
    ['Unknown', 1],
  ]);
});
