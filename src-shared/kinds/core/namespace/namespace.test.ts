import { describe, expect, it } from 'vitest';
import { created, createErrors, secondsAgo, updated } from '../../testing.ts';
import type { Namespace } from '../../wire.ts';
import { namespaceKind } from './kind.ts';

describe('a namespace', () => {
  it('is born active, labelled with its name, and holds its contents', () => {
    expect(created<Namespace>(namespaceKind, { metadata: { name: 'team' } })).toEqual({
      metadata: { name: 'team', labels: { 'kubernetes.io/metadata.name': 'team' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  it('keeps its finalizers: they change through /finalize alone', () => {
    const old: Namespace = { metadata: { name: 'a' }, spec: { finalizers: ['kubernetes'] } };
    expect(updated<Namespace>(namespaceKind, { metadata: { name: 'a' } }, old).spec).toEqual(old.spec);
  });

  it('takes only finalizers with a domain', () => {
    const example: Namespace = { metadata: { name: 'a' }, spec: { finalizers: ['example.com/x', 'mine'] } };
    expect(createErrors(namespaceKind, example)).toEqual([
      'spec.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });

  it('is terminating exactly while it is being deleted', () => {
    const check = (namespace: Namespace) =>
      namespaceKind.strategy.validateStatusUpdate?.(namespace, namespace).map(({ message }) => message);
    const deleted = { deletionTimestamp: secondsAgo(1) };
    expect(check({ metadata: {}, status: { phase: 'Terminating' } })).toEqual([
      'Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
    ]);
    expect(check({ metadata: deleted, status: { phase: 'Active' } })).toEqual([
      'Invalid value: "Active": may only be \'Terminating\' if `deletionTimestamp` is not empty',
    ]);
    expect(check({ metadata: deleted, status: { phase: 'Terminating' } })).toEqual([]);
  });
});
