import { describe, expect, it } from 'vitest';
import type { Container, Pod } from '../../wire.ts';
import { podLimits, podRequests, qosClass } from './pod-resources.ts';

function container(
  name: string,
  requests?: Record<string, string>,
  limits?: Record<string, string>,
): Container {
  return { name, resources: { ...(requests && { requests }), ...(limits && { limits }) } };
}

const sidecar = (one: Container): Container => ({ ...one, restartPolicy: 'Always' });

function pod(containers: Container[], more: Partial<NonNullable<Pod['spec']>> = {}): Pod {
  return { spec: { containers, ...more } };
}

describe('what a pod requests', () => {
  it('is the sum of its containers', () => {
    const example = pod([
      container('a', { cpu: '250m', memory: '64Mi', 'example.com/gpu': '1' }),
      container('b', { cpu: '0.5', memory: '1Gi', 'ephemeral-storage': '1k' }),
    ]);
    expect(podRequests(example)).toEqual({
      cpuMilli: 750,
      memoryBytes: 64 * 2 ** 20 + 2 ** 30,
      ephemeralStorageBytes: 1000,
      others: { 'example.com/gpu': 1 },
    });
  });

  it('is at least what the largest init container needs', () => {
    const example = pod([container('a', { cpu: '100m' })], {
      initContainers: [container('i', { cpu: '1' }), container('j', { cpu: '300m', memory: '1k' })],
    });
    expect(podRequests(example)).toMatchObject({ cpuMilli: 1000, memoryBytes: 1000 });
  });

  it('has sidecars beside the containers and beside the init containers after them', () => {
    const initContainers = [
      container('i', { cpu: '600m' }),
      sidecar(container('s', { cpu: '200m' })),
      container('j', { cpu: '500m' }),
    ];
    expect(podRequests(pod([container('a', { cpu: '100m' })], { initContainers })).cpuMilli).toBe(700);
    expect(podRequests(pod([container('a', { cpu: '900m' })], { initContainers })).cpuMilli).toBe(1100);
  });

  it('adds the overhead of the runtime class', () => {
    const example = pod([container('a', { cpu: '100m' })], { overhead: { cpu: '50m', memory: '10Mi' } });
    expect(podRequests(example)).toMatchObject({ cpuMilli: 150, memoryBytes: 10 * 2 ** 20 });
  });

  it('is what the pod says itself, where it does', () => {
    const example = pod([container('a', { cpu: '100m', memory: '1Mi' })], {
      resources: { requests: { cpu: '2' } },
    });
    expect(podRequests(example)).toMatchObject({ cpuMilli: 2000, memoryBytes: 2 ** 20 });
  });

  it('takes a malformed quantity for none', () => {
    expect(podRequests(pod([container('a', { cpu: 'many' })])).cpuMilli).toBe(0);
  });

  it('has limits by the same rule', () => {
    expect(
      podLimits(pod([container('a', {}, { cpu: '1' }), container('b', {}, { cpu: '1500m' })])).cpuMilli,
    ).toBe(2500);
  });
});

const both = { cpu: '1', memory: '1Gi' };

describe('quality of service', () => {
  it.each([
    ['BestEffort', pod([container('a')])],
    ['BestEffort', pod([container('a', { 'example.com/gpu': '1' }, { 'example.com/gpu': '1' })])],
    ['BestEffort', pod([container('a', { cpu: '0' })])],
    ['Burstable', pod([container('a', { cpu: '1' })])],
    ['Burstable', pod([container('a', { cpu: '500m', memory: '1Gi' }, both)])],
    ['Burstable', pod([container('a', both, both), container('b')])],
    ['Guaranteed', pod([container('a', both, both)])],
    ['Guaranteed', pod([container('a', { cpu: '1000m', memory: '1024Mi' }, both)])],
    ['Guaranteed', pod([container('a', undefined, both)])],
    ['Burstable', pod([container('a', both, both)], { initContainers: [container('i')] })],
    ['Guaranteed', pod([container('a')], { resources: { requests: both, limits: both } })],
  ] as const)('is %s', (expected, example) => {
    expect(qosClass(example)).toBe(expected);
  });
});
