import { describe, expect, test } from 'vitest';
import { suggestionsAt } from './complete.ts';
import { contextAt, keyAt } from './cursor.ts';
import { fixture } from './schema.fixture.ts';

const head = 'apiVersion: apps/v1\nkind: Deployment\n';

/** The place of `|` in a text. */
function at(marked: string): [text: string, offset: number] {
  const offset = marked.indexOf('|');
  return [marked.slice(0, offset) + marked.slice(offset + 1), offset];
}

function labels(marked: string): string[] | undefined {
  const [text, offset] = at(head + marked);
  return suggestionsAt(text, offset, fixture)?.suggestions.map((suggestion) => suggestion.label);
}

describe('where the cursor is', () => {
  const path = (marked: string) => contextAt(...at(head + marked))?.path;

  test('below keys, in lists that are indented and in lists that are not', () => {
    expect(path('spec:\n  rep|')).toEqual(['spec']);
    expect(path('spec:\n  containers:\n  - name: a\n    im|')).toEqual(['spec', 'containers', '[]']);
    expect(path('spec:\n  containers:\n    - na|')).toEqual(['spec', 'containers', '[]']);
    expect(path('spec:\n  containers:\n  - name: a\n    env:\n    - name: X\n      v|')).toEqual([
      'spec',
      'containers',
      '[]',
      'env',
      '[]',
    ]);
  });

  test('in the second item of a list', () => {
    expect(path('spec:\n  containers:\n  - name: a\n    image: b\n  - |')).toEqual([
      'spec',
      'containers',
      '[]',
    ]);
  });

  test('back at an outer level after an inner one', () => {
    expect(path('spec:\n  containers:\n  - name: a\n    env:\n    - name: X\n  pa|')).toEqual(['spec']);
    expect(path('metadata:\n  name: a\nsp|')).toEqual([]);
  });

  test('at a value', () => {
    expect(contextAt(...at(`${head}spec:\n  paused: t|`))).toMatchObject({
      path: ['spec', 'paused'],
      key: 'paused',
      typed: 't',
    });
  });

  test('only the document of the cursor counts', () => {
    const [text, offset] = at(
      'kind: Pod\napiVersion: v1\n---\napiVersion: apps/v1\nkind: Deployment\nspec:\n  r|\n---\nkind: Service\n',
    );
    expect(contextAt(text, offset)).toMatchObject({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      path: ['spec'],
    });
  });

  test('nothing is offered inside a comment', () => {
    expect(labels('spec:\n  # re|')).toBeUndefined();
  });
});

describe('what is offered', () => {
  test('fields of the mapping, without those it has', () => {
    expect(labels('spec:\n  replicas: 1\n  |\n  paused: true\n')).toEqual(['selector', 'containers']);
  });

  test('fields of a list item', () => {
    expect(labels('spec:\n  containers:\n  - name: a\n    |')).toEqual([
      'image',
      'imagePullPolicy',
      'port',
      'env',
    ]);
  });

  test('values of an enumeration and of a boolean', () => {
    expect(labels('spec:\n  containers:\n  - imagePullPolicy: |')).toEqual([
      'Always',
      'Never',
      'IfNotPresent',
    ]);
    expect(labels('spec:\n  paused: |')).toEqual(['true', 'false']);
  });

  test('a list begins with a dash, a mapping deeper, on a new line', () => {
    const [text, offset] = at(`${head}spec:\n  |`);
    const found = suggestionsAt(text, offset, fixture)?.suggestions;
    expect(found?.find((suggestion) => suggestion.label === 'containers')?.insert).toBe('containers:\n  - ');
    expect(found?.find((suggestion) => suggestion.label === 'selector')?.insert).toBe('selector:\n    ');
  });

  test('in an empty document, what a manifest begins with', () => {
    expect(suggestionsAt('', 0, fixture)?.suggestions.map((suggestion) => suggestion.label)).toEqual([
      'apiVersion',
      'kind',
      'metadata',
    ]);
  });

  test('kinds that the registry has, and the apiVersion that fits', () => {
    const [text, offset] = at('apiVersion: apps/v1\nkind: |');
    expect(suggestionsAt(text, offset, fixture)?.suggestions.map((suggestion) => suggestion.label)).toContain(
      'Deployment',
    );
    const [other, place] = at('kind: Deployment\napiVersion: |');
    expect(suggestionsAt(other, place, fixture)?.suggestions.map((suggestion) => suggestion.label)).toEqual([
      'apps/v1',
    ]);
  });
});

test('the key under the pointer leads to its documentation', () => {
  const text = `${head}spec:\n  replicas: 2\n`;
  const found = keyAt(text, text.indexOf('replicas') + 3);
  expect(found).toMatchObject({ key: 'replicas', context: { path: ['spec'] } });
  const schema = fixture.at(fixture.forKind('apps/v1', 'Deployment'), [
    ...(found?.context.path ?? []),
    'replicas',
  ]);
  expect(schema?.description).toBe('Number of desired pods.');
});
