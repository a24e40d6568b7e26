import type { OwnerReference } from '@shared/api/meta.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { expect, test } from 'vitest';
import { concernedBy, type Item, OwnerGraph } from './graph.ts';
import { type OwnerState, planCollection } from './plan.ts';

const owner = (uid: string, rest: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'Pod',
  name: uid,
  uid,
  ...rest,
});

function item(
  uid: string,
  ownerReferences: OwnerReference[] = [],
  finalizers?: string[],
  deleting = false,
): Item {
  const metadata = {
    name: uid,
    uid,
    ownerReferences,
    ...(finalizers && { finalizers }),
    ...(deleting && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
  };
  return { uid, type: podKind, metadata };
}

const plan = (given: Item, dependents: Item[], states: Record<string, OwnerState>) =>
  planCollection(given, dependents, ({ uid }) => states[uid] ?? 'present');

test.each([
  ['nothing without owners', item('x'), {}, { do: 'nothing' }],
  ['nothing while an owner is there', item('x', [owner('a')]), { a: 'present' }, { do: 'nothing' }],
  [
    'delete when the only owner is gone',
    item('x', [owner('a')]),
    { a: 'absent' },
    { do: 'delete', policy: 'Background' },
  ],
  [
    'let go of one owner and keep the other',
    item('x', [owner('a'), owner('b')]),
    { a: 'absent' },
    { do: 'set-owners', owners: [owner('b')] },
  ],
  [
    'delete when all owners are gone',
    item('x', [owner('a'), owner('b')]),
    { a: 'absent', b: 'absent' },
    { do: 'delete', policy: 'Background' },
  ],
  [
    'delete when the owner waits for it',
    item('x', [owner('a')]),
    { a: 'waiting' },
    { do: 'delete', policy: 'Background' },
  ],
  [
    'orphan when its own finalizer says so',
    item('x', [owner('a')], ['orphan']),
    { a: 'absent' },
    { do: 'delete', policy: 'Orphan' },
  ],
  [
    'nothing while it is being deleted',
    item('x', [owner('a')], [], true),
    { a: 'absent' },
    { do: 'nothing' },
  ],
] as const)('%s', (_, given, states, expected) => {
  expect(plan(given, [], { ...states })).toEqual(expected);
});

test('foreground deletion waits for blocking dependents only', () => {
  const given = item('x', [], ['foregroundDeletion'], true);
  const blocking = item('d', [owner('x', { blockOwnerDeletion: true })]);
  const free = item('e', [owner('x')]);
  expect(plan(given, [blocking, free], {})).toEqual({ do: 'nothing' });
  expect(plan(given, [free], {})).toEqual({ do: 'remove-finalizer', finalizer: 'foregroundDeletion' });
});

test('foreground deletion goes down the tree', () => {
  const dependents = [item('leaf', [owner('x')])];
  expect(plan(item('x', [owner('a')]), dependents, { a: 'waiting' })).toEqual({
    do: 'delete',
    policy: 'Foreground',
  });
});

test('a ring of owners that wait for each other is broken', () => {
  const given = item('x', [owner('a', { blockOwnerDeletion: true })]);
  const waiting = item('a', [owner('x')], ['foregroundDeletion'], true);
  expect(plan(given, [waiting], { a: 'waiting' })).toEqual({
    do: 'set-owners',
    owners: [owner('a', { blockOwnerDeletion: false })],
  });
});

test('orphaning names the dependents to cut loose', () => {
  const dependents = [item('d', [owner('x')])];
  expect(plan(item('x', [], ['orphan'], true), dependents, {})).toEqual({ do: 'orphan', dependents });
});

test('the graph finds dependents before their owner is known, and forgets references that are dropped', () => {
  const graph = new OwnerGraph();
  graph.set(item('d', [owner('x')]));
  expect(graph.dependentsOf('x').map(({ uid }) => uid)).toEqual(['d']);
  graph.set(item('d'));
  expect(graph.dependentsOf('x')).toEqual([]);
});

test('whose turn it is follows from what happened', () => {
  const graph = new OwnerGraph();
  const going = item('x', [], ['foregroundDeletion'], true);
  const dependent = item('d', [owner('x')]);
  graph.set(going);
  graph.set(dependent);
  const nothing = undefined;
  expect(concernedBy(graph, { before: nothing, after: going })).toEqual(['x', 'd']);
  expect(concernedBy(graph, { before: dependent, after: nothing })).toEqual(['x']);
  expect(concernedBy(graph, { before: nothing, after: item('free') })).toEqual([]);
  expect(concernedBy(graph, { before: going, after: nothing })).toEqual(['d']);
  const blocking = item('d', [owner('x', { blockOwnerDeletion: true })]);
  expect(concernedBy(graph, { before: dependent, after: blocking })).toEqual(['d']);
  expect(concernedBy(graph, { before: blocking, after: dependent })).toEqual(['x', 'd']);
  expect(concernedBy(graph, { before: blocking, after: item('d') })).toEqual(['x']);
});
