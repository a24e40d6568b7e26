import type { Pod, ReplicaSet } from '@shared/kinds/wire.ts';
import { expect, test } from 'vitest';
import { planReplicas, rankForDeletion } from './plan.ts';

const nowMs = Date.parse('2026-01-01T12:00:00Z');
const before = (seconds: number) => new Date(nowMs - seconds * 1000).toISOString();

interface Traits {
  node?: string;
  phase?: string;
  readyForSeconds?: number;
  cost?: string;
  restarts?: number;
  ageSeconds?: number;
  terminating?: boolean;
}

function pod(name: string, traits: Traits = {}): Pod {
  const { node = `node-of-${name}`, phase = 'Running', readyForSeconds = 100, ageSeconds = 200 } = traits;
  const isReady = readyForSeconds >= 0;
  return {
    metadata: {
      name,
      uid: name,
      creationTimestamp: before(ageSeconds),
      annotations:
        traits.cost === undefined ? {} : { 'controller.kubernetes.io/pod-deletion-cost': traits.cost },
      ...(traits.terminating && { deletionTimestamp: before(1) }),
    },
    spec: { containers: [], ...(node !== '' && { nodeName: node }) },
    status: {
      phase,
      conditions: [
        {
          type: 'Ready',
          status: isReady ? 'True' : 'False',
          lastTransitionTime: before(Math.max(0, readyForSeconds)),
        },
      ],
      containerStatuses: [
        { name: 'c', image: '', imageID: '', ready: isReady, restartCount: traits.restarts ?? 0 },
      ],
    },
  };
}

function replicaSet(replicas: number, deleting = false): ReplicaSet {
  return {
    metadata: { name: 'web', uid: 'web', ...(deleting && { deletionTimestamp: before(0) }) },
    spec: { replicas, selector: {} },
  };
}

const state = (replicas: number, owned: Pod[], deleting = false) => ({
  replicaSet: replicaSet(replicas, deleting),
  owned,
  related: owned,
  nowMs,
});

test.each([
  ['creates what is missing', state(3, [pod('a')]), { do: 'create', count: 2 }],
  ['rests when the number is right', state(1, [pod('a')]), { do: 'nothing' }],
  [
    'does not count pods that ended or are being deleted',
    state(1, [pod('a', { phase: 'Failed' }), pod('b', { terminating: true })]),
    { do: 'create', count: 1 },
  ],
  ['creates at most 500 at a time', state(2000, []), { do: 'create', count: 500 }],
  ['does nothing while it is being deleted', state(3, [], true), { do: 'nothing' }],
])('%s', (_, given, plan) => {
  expect(planReplicas(given)).toEqual(plan);
});

test.each([
  ['unscheduled', { node: '' }],
  ['pending', { phase: 'Pending' }],
  ['not ready', { readyForSeconds: -1 }],
  ['of lower deletion cost', { cost: '-5' }],
  ['ready for a much shorter time', { readyForSeconds: 2 }],
  ['restarted more often', { restarts: 3 }],
  ['much younger', { ageSeconds: 3 }],
])('gives up the pod that is %s first', (_, traits: Traits) => {
  const owned = [pod('a'), pod('odd', traits), pod('z')];
  expect(rankForDeletion({ owned, related: owned, nowMs })[0]?.metadata?.name).toBe('odd');
});

test('gives up pods on crowded nodes first, counting those of sibling replica sets', () => {
  const owned = [pod('a', { node: 'quiet' }), pod('b', { node: 'crowded' })];
  const related = [...owned, pod('sibling', { node: 'crowded' })];
  expect(rankForDeletion({ owned, related, nowMs }).map(({ metadata }) => metadata?.name)).toEqual([
    'b',
    'a',
  ]);
});

test('ages of the same order of magnitude do not decide', () => {
  const owned = [pod('a', { ageSeconds: 110 }), pod('b', { ageSeconds: 100 })];
  expect(rankForDeletion({ owned, related: [], nowMs }).map(({ metadata }) => metadata?.name)).toEqual([
    'a',
    'b',
  ]);
});

test('a deletion cost that is no number counts as zero', () => {
  const owned = [pod('a', { cost: 'cheap' }), pod('b', { cost: '-1' })];
  expect(rankForDeletion({ owned, related: [], nowMs })[0]?.metadata?.name).toBe('b');
});
