import { expect, test } from 'vitest';
import { deletionOrder, type Findings, isEmptied, namespaceConditions } from './plan.ts';

const resource = (plural: string, rest = {}) => ({
  group: '',
  version: 'v1',
  plural,
  kind: plural,
  namespaced: true,
  verbs: ['list', 'delete', 'deletecollection'],
  ...rest,
});

const nothing: Findings = { undiscovered: [], refused: [], remaining: new Map(), finalizers: new Map() };
const nowMs = Date.parse('2026-01-01T00:00:00Z');
const told = (findings: Findings) =>
  Object.fromEntries(
    namespaceConditions([], findings, nowMs).map(({ type, status, message }) => [
      type,
      `${status}: ${message}`,
    ]),
  );

test('pods go before everything else; what cannot be deleted or is not namespaced is left out', () => {
  const order = deletionOrder([
    resource('secrets'),
    resource('nodes', { namespaced: false }),
    resource('pods'),
    resource('bindings', { verbs: ['create'] }),
    resource('pods', { group: 'metrics.k8s.io' }),
  ]);
  expect(order.map((group) => group.map(({ group: name, plural }) => `${plural}.${name}`))).toEqual([
    ['pods.'],
    ['secrets.', 'pods.metrics.k8s.io'],
  ]);
});

test('an emptied namespace says so in every condition', () => {
  expect(isEmptied(nothing)).toBe(true);
  expect(told(nothing)).toEqual({
    NamespaceDeletionDiscoveryFailure: 'False: All resources successfully discovered',
    NamespaceDeletionGroupVersionParsingFailure: 'False: All legacy kube types successfully parsed',
    NamespaceDeletionContentFailure:
      'False: All content successfully deleted, may be waiting on finalization',
    NamespaceContentRemaining: 'False: All content successfully removed',
    NamespaceFinalizersRemaining: 'False: All content-preserving finalizers finished',
  });
});

test('tells what is left and which finalizers hold it', () => {
  const findings = {
    ...nothing,
    remaining: new Map([
      ['pods.', 2],
      ['deployments.apps', 1],
    ]),
    finalizers: new Map([['example.com/keep', 2]]),
  };
  expect(isEmptied(findings)).toBe(false);
  expect(told(findings)).toMatchObject({
    NamespaceContentRemaining:
      'True: Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances',
    NamespaceFinalizersRemaining:
      'True: Some content in the namespace has finalizers remaining: example.com/keep in 2 resource instances',
  });
});

test('a group that cannot be discovered keeps the namespace: something may be in there', () => {
  expect(isEmptied({ ...nothing, undiscovered: ['metrics.k8s.io/v1: down'] })).toBe(false);
});

test('a condition that stays keeps its time', () => {
  const first = namespaceConditions([], nothing, nowMs);
  expect(namespaceConditions(first, nothing, nowMs + 60_000)).toEqual(first);
});
