import { expect, test } from 'vitest';
import { cgroupParent, containerResources, oomScoreAdj, podLevelResources } from './qos.ts';
import type { ReadonlyPod } from './spec.ts';

// https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/

const bounded = {
  name: 'a',
  resources: { requests: { cpu: '100m', memory: '10Mi' }, limits: { cpu: '500m' } },
};
const free = { name: 'b' };
const pod: ReadonlyPod = {
  metadata: { uid: 'u1' },
  spec: {
    resources: { requests: { cpu: '1', memory: '110Mi' }, limits: { cpu: '2', memory: '200Mi' } },
    containers: [bounded, free],
  },
};

test('a pod with resources of its own has them in its cgroup', () => {
  expect(podLevelResources(pod)).toEqual({
    cpuShares: 1024,
    cpuPeriodUs: 100_000,
    cpuQuotaUs: 200_000,
    memoryLimitBytes: 200 * 2 ** 20,
  });
  expect(podLevelResources({ spec: { containers: [bounded, free] } })).toBeUndefined();
});

test('a container without limits has those of its pod', () => {
  const gigabyte = 2 ** 30;
  expect(containerResources(pod, free, gigabyte)).toMatchObject({
    cpuShares: 2,
    cpuQuotaUs: 200_000,
    memoryLimitBytes: 200 * 2 ** 20,
  });
  expect(containerResources(pod, bounded, gigabyte)).toMatchObject({
    cpuShares: 102,
    cpuQuotaUs: 50_000,
    memoryLimitBytes: 200 * 2 ** 20,
  });
});

test('what the pod asks for beyond its containers keeps each of them alive', () => {
  // 110 MiB less 10 MiB, halved: 50 MiB for each of two.
  expect(oomScoreAdj(pod, free, 1000 * 2 ** 20)).toBe(950);
  expect(oomScoreAdj(pod, bounded, 1000 * 2 ** 20)).toBe(940);
});

test('the pod decides on its class', () => {
  const limits = { cpu: '1', memory: '1Gi' };
  const guaranteed = {
    ...pod,
    spec: { ...pod.spec, resources: { requests: limits, limits }, containers: [free] },
  };
  expect([cgroupParent(pod), cgroupParent(guaranteed)]).toEqual([
    '/kubepods/burstable/podu1',
    '/kubepods/podu1',
  ]);
});
