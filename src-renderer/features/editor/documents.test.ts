import { describe, expect, test } from 'vitest';
import { parseText } from './documents.ts';
import { planText } from './manifests.ts';

const two = `apiVersion: v1
kind: ConfigMap
metadata:
  name: a
---
# only a comment
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
`;

describe('splitting', () => {
  test('documents are found with their first line; those without content do not count', () => {
    const { documents } = parseText(two);
    expect(documents.map(({ kind, name, namespace, line }) => ({ kind, name, namespace, line }))).toEqual([
      { kind: 'ConfigMap', name: 'a', namespace: undefined, line: 1 },
      { kind: 'Deployment', name: 'web', namespace: 'shop', line: 8 },
    ]);
  });

  test('an empty text has no documents and no complaints', () => {
    expect(parseText('')).toMatchObject({ documents: [], diagnostics: [] });
  });

  test('Windows line ends and a document end mark are understood', () => {
    expect(
      parseText('apiVersion: v1\r\nkind: Pod\r\n...\r\n').documents.map((document) => document.kind),
    ).toEqual(['Pod']);
  });
});

describe('syntax errors', () => {
  test('each is pointed at by its line, and the other documents stay usable', () => {
    const text =
      'apiVersion: v1\nkind: Pod\nmetadata:\n\tname: a\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n';
    const { documents, diagnostics, lineOf } = parseText(text);
    expect(lineOf(diagnostics[0]?.from ?? 0)).toBe(4);
    expect(documents.map((document) => document.object !== undefined)).toEqual([false, true]);
  });

  test('a duplicate key is an error', () => {
    const { diagnostics, lineOf } = parseText('kind: Pod\nkind: Pod\n');
    expect(diagnostics.map((problem) => lineOf(problem.from))).toEqual([2]);
    expect(diagnostics[0]?.message).toMatch(/unique/i);
  });

  test('a text that is no mapping is an error', () => {
    expect(parseText('just words\n').diagnostics).toMatchObject([{ severity: 'error', from: 0 }]);
  });
});

describe('planning', () => {
  test('objects without a namespace get the chosen one, those with one keep it', () => {
    expect(planText(two, 'test').map((item) => item.manifest?.ref)).toEqual([
      { namespace: 'test', name: 'a' },
      { namespace: 'shop', name: 'web' },
    ]);
  });

  test('cluster-scoped objects get none', () => {
    const [item] = planText('apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n', 'test');
    expect(item?.manifest?.ref).toEqual({ name: 'shop' });
    expect(item?.manifest?.object).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop' },
    });
  });

  test('a List is taken apart', () => {
    const list =
      'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- {apiVersion: v1, kind: Pod, metadata: {name: b}}\n';
    expect(planText(list, 'x').map((item) => item.manifest?.ref.name)).toEqual(['a', 'b']);
  });

  test.each([
    ['metadata: {name: a}\n', 'apiVersion and kind'],
    ['apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n', 'no kind “Widget” in example.com/v1'],
    ['apiVersion: v1\nkind: Pod\nmetadata: {}\n', 'metadata.name is missing'],
    ['apiVersion: v1\nkind: Pod\n  name: a\n', 'Line 2'],
  ])('%j is refused with the place and the reason', (text, reason) => {
    const [item] = planText(text, 'x');
    expect(item?.manifest).toBeUndefined();
    expect(item && 'error' in item ? String(item.error) : '').toContain(reason);
  });
});
