import type { Pod } from '@shared/kinds/wire.ts';
import { expect, test } from 'vitest';
import { planPodGc } from './plan.ts';

function pod(
  name: string,
  traits: { node?: string; phase?: string; deleting?: boolean; age?: number } = {},
): Pod {
  const { node, phase = 'Running', deleting, age = 0 } = traits;
  return {
    metadata: {
      name,
      creationTimestamp: new Date(1e12 - age * 1000).toISOString(),
      ...(deleting && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: { containers: [], ...(node && { nodeName: node }) },
    status: { phase },
  };
}

const plan = (pods: Pod[], threshold = 2) => {
  const { orphaned, unscheduled, surplus } = planPodGc({
    pods,
    mayExist: (node) => node !== 'gone',
    terminatedThreshold: threshold,
  });
  const names = (list: readonly { metadata?: { readonly name?: string } }[]) =>
    list.map(({ metadata }) => metadata?.name);
  return { orphaned: names(orphaned), unscheduled: names(unscheduled), surplus: names(surplus) };
};

test('removes pods of vanished nodes and terminating pods that never had one', () => {
  const pods = [
    pod('stays', { node: 'here' }),
    pod('lost', { node: 'gone' }),
    pod('waits'),
    pod('never', { deleting: true }),
  ];
  expect(plan(pods)).toEqual({ orphaned: ['lost'], unscheduled: ['never'], surplus: [] });
});

test('removes the oldest ended pods beyond the threshold', () => {
  const pods = [
    pod('new', { phase: 'Failed', node: 'here', age: 1 }),
    pod('oldest', { phase: 'Succeeded', node: 'here', age: 9 }),
    pod('older', { phase: 'Succeeded', node: 'here', age: 5 }),
    pod('running', { node: 'here', age: 99 }),
  ];
  expect(plan(pods)).toEqual({ orphaned: [], unscheduled: [], surplus: ['oldest'] });
});
