import { describe, expect, it } from 'vitest';
import type { ObjectMeta } from './meta.ts';
import { validateLabelSelector, validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts';

const pods = { nameRule: 'dns-subdomain', namespaced: true } as const;
const namespaces = { nameRule: 'dns-label', namespaced: false } as const;

function complaints(
  meta: ObjectMeta,
  kind: Parameters<typeof validateObjectMeta>[0] = pods,
  creating = true,
): string[] {
  return validateObjectMeta(kind, meta, { creating }).map(({ field, message }) => `${field}: ${message}`);
}

describe('validateObjectMeta', () => {
  it('finds nothing wrong with good metadata', () => {
    const meta: ObjectMeta = {
      name: 'a.b',
      namespace: 'default',
      labels: { app: 'web', 'example.com/x': '' },
      annotations: { 'Example.com/Note': 'any text ä' },
      finalizers: ['example.com/done'],
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true }],
    };
    expect(complaints(meta)).toEqual([]);
  });

  it('wants a name and the right scope', () => {
    expect(complaints({})).toEqual([
      'metadata.name: Required value: name or generateName is required',
      'metadata.namespace: Required value',
    ]);
    expect(complaints({ name: 'a', namespace: 'b' }, namespaces)).toEqual([
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
    expect(complaints({ name: 'a.b' }, namespaces)).toEqual([
      'metadata.name: Invalid value: "a.b": must not contain dots',
    ]);
  });

  it('allows a dash at the end of generateName', () => {
    expect(complaints({ name: 'a-x', generateName: 'a-', namespace: 'd' })).toEqual([]);
    expect(complaints({ name: 'a-x', generateName: 'AB-', namespace: 'd' })[0]).toMatch(
      /^metadata.generateName: Invalid value: "AB-": a lowercase RFC 1123 subdomain/,
    );
  });

  it('checks labels and annotations, and how big annotations are', () => {
    expect(
      complaints({ name: 'a', namespace: 'd', labels: { 'a b': 'c d' } }).map((text) => text.slice(0, 40)),
    ).toEqual(['metadata.labels: Invalid value: "a b": n', 'metadata.labels: Invalid value: "c d": a']);
    const big = { name: 'a', namespace: 'd', annotations: { a: 'ä'.repeat(128 * 1024) } };
    expect(complaints(big)).toEqual(['metadata.annotations: Too long: may not be more than 262144 bytes']);
  });

  it('checks owner references', () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true };
    expect(
      complaints({ name: 'a', namespace: 'd', ownerReferences: [owner, { ...owner, name: 'q' }] }),
    ).toEqual([
      `metadata.ownerReferences: Invalid value: ${JSON.stringify([owner, { ...owner, name: 'q' }])}: Only one reference can have Controller set to true. Found "true" in references for Pod/p and Pod/q`,
    ]);
    expect(
      complaints({
        name: 'a',
        namespace: 'd',
        ownerReferences: [{ apiVersion: 'a/b/c', kind: '', name: '', uid: '' }],
      }),
    ).toEqual([
      'metadata.ownerReferences[0].apiVersion: Invalid value: "a/b/c": must be <group>/<version> or <version>',
      'metadata.ownerReferences[0].kind: Required value: must not be empty',
      'metadata.ownerReferences[0].name: Required value: must not be empty',
      'metadata.ownerReferences[0].uid: Required value: must not be empty',
    ]);
  });

  it('names owner references without a kind or a name by what they have', () => {
    const owners = [
      { kind: 'Pod', controller: true },
      { name: 'q', controller: true },
    ] as never;
    expect(complaints({ name: 'a', namespace: 'd', ownerReferences: owners }).at(-1)).toContain(
      'in references for Pod/ and /q',
    );
  });

  it('checks finalizers and managed fields', () => {
    expect(complaints({ name: 'a', namespace: 'd', finalizers: ['orphan', 'foregroundDeletion'] })).toEqual([
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ]);
    expect(complaints({ managedFields: [{ manager: 'x'.repeat(129) }] }, pods, false)).toEqual([
      'metadata.managedFields[0].operation: Required value: must not be empty',
      'metadata.managedFields[0].manager: Too long: may not be more than 128 bytes',
    ]);
    expect(complaints({ managedFields: [{ operation: 'Apply', manager: 'a\u0007' }] }, pods, false)).toEqual([
      'metadata.managedFields[0].manager: Invalid value: "a\\u0007": invalid character U+0007 (at position 1)',
    ]);
  });
});

describe('validateObjectMetaUpdate', () => {
  const old: ObjectMeta = { name: 'a', namespace: 'd', uid: 'u', resourceVersion: '1' };

  it('knows what never changes', () => {
    expect(validateObjectMetaUpdate({ ...old, name: 'b', uid: 'v' }, old)).toEqual([
      {
        type: 'FieldValueInvalid',
        field: 'metadata.name',
        message: 'Invalid value: "b": field is immutable',
      },
      { type: 'FieldValueInvalid', field: 'metadata.uid', message: 'Invalid value: "v": field is immutable' },
    ]);
    expect(validateObjectMetaUpdate({ ...old, labels: { a: 'b' } }, old)).toEqual([]);
  });

  it('allows no new finalizers once deletion has begun', () => {
    const deleted = { ...old, deletionTimestamp: '2024-01-01T00:00:00Z', finalizers: ['a'] };
    expect(validateObjectMetaUpdate({ ...deleted, finalizers: [] }, deleted)).toEqual([]);
    expect(
      validateObjectMetaUpdate({ ...deleted, finalizers: ['a', 'c', 'b'] }, deleted).map(
        ({ message }) => message,
      ),
    ).toEqual([
      'Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"b", "c"}',
    ]);
  });
});

describe('validateLabelSelector', () => {
  it('names every wrong part of an expression', () => {
    const selector = {
      matchExpressions: [
        { key: 'a', operator: 'In' },
        { key: 'a', operator: 'Exists', values: ['b'] },
        { key: 'a', operator: 'Gt', values: ['1'] },
      ],
    };
    expect(
      validateLabelSelector(selector, 'spec.selector').map(({ field, message }) => `${field}: ${message}`),
    ).toEqual([
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      'spec.selector.matchExpressions[2].operator: Invalid value: "Gt": not a valid selector operator',
    ]);
  });
});
