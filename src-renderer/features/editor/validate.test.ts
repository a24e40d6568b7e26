import { expect, test } from 'vitest';
import { parseText } from './documents.ts';
import { fixture } from './schema.fixture.ts';
import { validateDocument } from './validate.ts';

const head = 'apiVersion: apps/v1\nkind: Deployment\n';

function problems(body: string): string[] {
  const parsed = parseText(head + body);
  return parsed.documents
    .flatMap((document) => validateDocument(document, fixture))
    .map((problem) => `${parsed.lineOf(problem.from)}: ${problem.message}`);
}

test('a right manifest has no complaints', () => {
  expect(
    problems(
      'metadata:\n  name: a\n  labels: {x: y}\nspec:\n  replicas: 2\n  selector: {app: a}\n  containers:\n  - name: c\n    port: http\n  - name: d\n    port: 80\n',
    ),
  ).toEqual([]);
});

test('an unknown field is named with its line and the field probably meant', () => {
  expect(problems('spec:\n  selector: {}\n  replica: 2\n')).toEqual([
    '5: Unknown field “replica”. Did you mean “replicas”?',
  ]);
});

test('wrong types, values not allowed and missing fields are found, all at once', () => {
  expect(
    problems(
      'spec:\n  replicas: two\n  paused: "no"\n  containers:\n  - image: 5\n    imagePullPolicy: Sometimes\n',
    ),
  ).toEqual([
    '4: Expected a whole number.',
    '5: Expected true or false.',
    '7: Expected a string; write "5" in quotes.',
    '8: Allowed: Always, Never, IfNotPresent.',
    '7: Missing required field “name”.',
    '4: Missing required field “selector”.',
  ]);
});

test('a mapping where a list belongs, and the other way round', () => {
  expect(problems('metadata:\n- name\nspec:\n  selector: {}\n  containers: {name: a}\n')).toEqual([
    '4: Expected object, not a list.',
    '7: Expected array, not a mapping.',
  ]);
});

test('null counts as absent', () => {
  expect(problems('spec:\n  selector: {}\n  replicas:\n')).toEqual([]);
});

test('a kind the cluster does not serve is said at its place', () => {
  const parsed = parseText('apiVersion: apps/v1\nkind: Deploiment\n');
  const found = parsed.documents.flatMap((document) => validateDocument(document, fixture));
  expect(found.map((problem) => [parsed.lineOf(problem.from), problem.message])).toEqual([
    [2, 'This cluster serves no kind “Deploiment” in apps/v1.'],
  ]);
});
