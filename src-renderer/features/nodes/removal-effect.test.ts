import { expect, test } from 'vitest';
import { removalEffect } from './removal-effect.ts';

const pod = (name: string, owner?: string, phase = 'Running') => ({
  metadata: {
    name,
    namespace: 'default',
    ...(owner && {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: owner, name: 'x', uid: 'u', controller: true }],
    }),
  },
  spec: { containers: [] },
  status: { phase },
});
const node = (name: string, { ready = true, labels = {}, unschedulable = false } = {}) => ({
  metadata: { name, labels },
  spec: { unschedulable },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});

test('managed pods move, bare ones are lost, finished ones and daemons do not count', () => {
  const pods = [
    pod('web', 'ReplicaSet'),
    pod('bare'),
    pod('over', undefined, 'Succeeded'),
    pod('agent', 'DaemonSet'),
  ];
  expect(removalEffect(pods, [], 'a')).toMatchObject({ moving: 1, lost: ['default/bare'] });
});

test('only another ready, schedulable, real node can take them', () => {
  const elsewhere = (...others: ReturnType<typeof node>[]) =>
    removalEffect([], [node('a'), ...others], 'a').elsewhere;
  expect(elsewhere()).toBe(false);
  expect(elsewhere(node('b'))).toBe(true);
  expect(elsewhere(node('b', { ready: false }))).toBe(false);
  expect(elsewhere(node('b', { unschedulable: true }))).toBe(false);
  expect(elsewhere(node('b', { labels: { 'slipway.dev/hollow': 'true' } }))).toBe(false);
});
