import { type Json, mutate, oddValue } from './mutations.ts';
import { type Generator, json, jsonType } from './world.ts';

const patterns = [
  '(a+)+$',
  '(',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  'a{1,99999}',
  '\\p{Foo}',
  '(?=a)b',
  'x'.repeat(50_000),
];
const rules = [
  'self.all(a, self.all(b, self.all(c, self.all(d, a == b && c == d))))',
  `${'('.repeat(2000)}true${')'.repeat(2000)}`,
  Array(3000).fill('true').join(' && '),
  'self.x.matches("(a+)+$")',
  '"a".repeat(5)',
  'self.__proto__ == null',
  'constructor',
  '[1,2,3].map(x, [1,2,3].map(y, [1,2,3].map(z, x*y*z))).size() > 0',
  `"${'a'.repeat(20_000)}".size() > 1`,
  '1/0 == 1',
  '🙂',
  '',
];

/** Definitions whose schema, patterns or rules would keep a naive server busy, and objects to try them on. */
export const definition: Generator = (random) => {
  const properties: { [key: string]: Json } = {
    x: { type: 'string', pattern: random.pick(patterns as [string, ...string[]]) },
    l: {
      type: 'array',
      items: { type: 'integer' },
      'x-kubernetes-validations': [{ rule: random.pick(rules as [string, ...string[]]) }],
    },
    d: { type: 'object', default: oddValue(random), properties: { a: { type: 'integer' } } },
    n: nestedSchema(random.pick([1, 20, 200, 700])),
    r: { $ref: '#/definitions/r' },
  };
  if (random.int(2) === 0) delete properties.r;
  if (random.int(2) === 0) delete properties.n;
  if (random.int(2) === 0) delete properties.d;
  const schema: Json = { type: 'object', properties: { spec: { type: 'object', properties } } };
  const manifest = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'hostiles.fuzz.test' },
    spec: {
      group: 'fuzz.test',
      scope: 'Namespaced',
      names: { plural: 'hostiles', kind: 'Hostile' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
  return {
    title: 'a hostile definition',
    method: 'POST',
    path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All',
    headers: jsonType,
    body: json(random.int(2) === 0 ? manifest : mutate(random, manifest)),
  };
};

function nestedSchema(levels: number): Json {
  let schema: Json = { type: 'string' };
  for (let level = 0; level < levels; level++) schema = { type: 'object', properties: { a: schema } };
  return schema;
}

export const customObject: Generator = (random) => ({
  title: 'a hostile custom object',
  method: 'POST',
  path: '/apis/fuzz.test/v1/namespaces/fuzz/victims?dryRun=All',
  headers: jsonType,
  body: json(
    mutate(random, {
      apiVersion: 'fuzz.test/v1',
      kind: 'Victim',
      metadata: { name: 'a' },
      spec: {
        x: `${'a'.repeat(30_000)}!`,
        l: Array.from({ length: 200 }, (_, index) => index),
        any: { a: 1 },
      },
    }),
  ),
});

export const policy: Generator = (random) => ({
  title: 'a policy with a CEL bomb',
  method: 'POST',
  path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies?dryRun=All',
  headers: jsonType,
  body: json({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'bomb' },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }],
      },
      validations: [{ expression: random.pick(rules as [string, ...string[]]) }],
      variables: [{ name: 'v', expression: random.pick(rules as [string, ...string[]]) }],
    },
  }),
});
