import { expect, test } from 'vitest';
import { contentsOf } from './contents.ts';

const head = { apiVersion: 'v1', kind: 'Any', metadata: { name: 'a' } };

test('an object says what it holds besides its type, metadata and status', () => {
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
  expect(contentsOf({ ...head, rules, status: {} })).toBe(
    'rules:\n- apiGroups:\n  - ""\n  resources:\n  - pods\n  verbs:\n  - get\n',
  );
});

test('a specification that is alone needs no heading of its own', () => {
  expect(contentsOf({ ...head, spec: { minAvailable: 1 } })).toBe('minAvailable: 1\n');
  expect(contentsOf({ ...head, spec: { a: 1 }, data: { b: 2 } })).toBe('spec:\n  a: 1\ndata:\n  b: 2\n');
});

test('where nothing is left, nothing is said', () => {
  expect(contentsOf({ ...head, status: { phase: 'Active' } })).toBe('');
  expect(contentsOf({ ...head, spec: {} })).toBe('');
});
