import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import type { JsonSchema } from '@shared/kinds/apiextensions/json-schema.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { define, specOf, type Widget, widgetCrd, widgets, widgetVersion } from './widgets.test-fixture.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});
afterEach(() => cluster.close());

const metadata = { name: 'a', namespace: 'default' };
const problems = (promise: Promise<unknown>): Promise<string[]> =>
  promise.then(
    () => [],
    (error) =>
      error.status.details.causes.map(
        (cause: { field: string; message: string }) => `${cause.field}: ${cause.message}`,
      ),
  );
const create = (spec: JsonObject, name = 'a') =>
  cluster.client.create(widgets(), { metadata: { ...metadata, name }, spec } as Widget);
const update = async (spec: JsonObject) => {
  const present = await cluster.client.get(widgets(), metadata);
  return cluster.client.update(widgets(), { ...present, spec } as unknown as Widget);
};
const ruled = (properties: Record<string, JsonSchema>, rest: Partial<JsonSchema> = {}) =>
  define(cluster.client, widgetCrd([widgetVersion(specOf(properties, rest))]));

it('rules judge objects, with messages, reasons and paths', async () => {
  await ruled(
    {
      min: { type: 'integer' },
      max: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self < 100', message: 'too much' }] },
      when: { type: 'string', format: 'date-time' },
      size: { 'x-kubernetes-int-or-string': true },
      labels: { type: 'object', maxProperties: 5, additionalProperties: { type: 'string', maxLength: 10 } },
    },
    {
      'x-kubernetes-validations': [
        {
          rule: 'self.min <= self.max',
          messageExpression: '"%d is more than %d".format([self.min, self.max])',
          fieldPath: '.min',
        },
        {
          rule: '!has(self.when) || self.when > timestamp("2020-01-01T00:00:00Z")',
          reason: 'FieldValueForbidden',
          message: 'too old',
        },
        { rule: '!has(self.size) || type(self.size) == int || self.size.endsWith("%")' },
        {
          rule: '!has(self.labels) || self.labels.all(key, key.startsWith("x"))',
          message: 'labels start with x',
        },
      ],
    },
  );
  expect(
    await problems(create({ min: 1, max: 2, when: '2024-01-01T00:00:00Z', size: '5%', labels: { xa: '1' } })),
  ).toEqual([]);
  expect(
    await problems(
      create({ min: 200, max: 100, when: '2010-01-01T00:00:00Z', size: 'five', labels: { a: '1' } }, 'b'),
    ),
  ).toEqual([
    'spec.min: Invalid value: 200 is more than 100',
    'spec: Forbidden: too old',
    'spec: Invalid value: failed rule: !has(self.size) || type(self.size) == int || self.size.endsWith("%")',
    'spec: Invalid value: labels start with x',
    'spec.max: Invalid value: 100: too much',
  ]);
  expect(await problems(create({ min: 1 }, 'c'))).toEqual([
    'spec: Invalid value: "object": no such key: max evaluating rule: self.min <= self.max',
  ]);
});

it('transition rules compare with what was, item by item in keyed lists', async () => {
  await ruled({
    kind: {
      type: 'string',
      'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'kind never changes' }],
    },
    count: {
      type: 'integer',
      'x-kubernetes-validations': [
        {
          rule: 'oldSelf.hasValue() ? self >= oldSelf.value() : self == 1',
          optionalOldSelf: true,
          message: 'counts from 1 up',
        },
      ],
    },
    ports: {
      type: 'array',
      maxItems: 10,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, port: { type: 'integer' } },
        'x-kubernetes-validations': [
          { rule: 'self.port == oldSelf.port', message: 'a port keeps its number' },
        ],
      },
    },
  });
  expect(await problems(create({ kind: 'a', count: 2 }))).toEqual([
    'spec.count: Invalid value: 2: counts from 1 up',
  ]);
  expect(await problems(create({ kind: 'a', count: 1, ports: [{ name: 'x', port: 1 }] }))).toEqual([]);
  expect(
    await problems(
      update({
        kind: 'a',
        count: 3,
        ports: [
          { name: 'y', port: 9 },
          { name: 'x', port: 1 },
        ],
      }),
    ),
  ).toEqual([]);
  expect(await problems(update({ kind: 'b', count: 2, ports: [{ name: 'x', port: 2 }] }))).toEqual([
    'spec.kind: Invalid value: "b": kind never changes',
    'spec.count: Invalid value: 2: counts from 1 up',
    'spec.ports[0]: Invalid value: a port keeps its number',
  ]);
});

it('definitions with wrong or too costly rules are refused', async () => {
  const rule = (text: string) => ({ 'x-kubernetes-validations': [{ rule: text }] });
  const schema = specOf(
    {
      list: { type: 'array', items: { type: 'integer' }, ...rule('self.all(x, self.all(y, x != y))') },
      size: { type: 'integer', ...rule('self + 1') },
    },
    rule('self.nothing > 1'),
  );
  const errors = await problems(cluster.client.create(crdKind, widgetCrd([widgetVersion(schema)])));
  const at = 'spec.validation.openAPIV3Schema.properties[spec]';
  expect(errors[0]).toBe(
    `${at}.x-kubernetes-validations[0].rule: Invalid value: "self.nothing > 1": compilation failed: ERROR: <input>:1:5: undefined field 'nothing'\n | self.nothing > 1\n | ....^`,
  );
  expect(errors[1]).toContain(
    `${at}.properties[list].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x`,
  );
  expect(errors[2]).toBe(
    `${at}.properties[size].x-kubernetes-validations[0].rule: Invalid value: "self + 1": cel expression must evaluate to a bool`,
  );
});

it('what is wrong with rules is told with everything else, where their schemas mean something', async () => {
  const rule = (text: string) => ({ 'x-kubernetes-validations': [{ rule: text }] });
  const schema = specOf({
    list: {
      type: 'array',
      items: { type: 'integer', maximum: 9, ...rule("self == oldSelf && 'oldSelf' != ''") },
    },
    name: { type: 'string', ...rule('self == "oldSelf"') },
    size: { type: 'integer', ...rule('self == 1 &&') },
    // Rules at and around it are left out.
    odd: { type: 'object', properties: { a: { type: 'string', uniqueItems: true } }, ...rule('self.b') },
  });
  const crd = widgetCrd([widgetVersion(schema)], { scope: 'Galaxy' });
  const errors = await problems(cluster.client.create(crdKind, crd));
  const at = 'spec.validation.openAPIV3Schema.properties[spec]';
  expect(errors).toEqual([
    'spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"',
    `${at}.properties[odd].properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
    `${at}.properties[list].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf && 'oldSelf' != ''": oldSelf cannot be used on the uncorrelatable portion of the schema within ${at}.properties[list]`,
    expect.stringContaining(
      `${at}.properties[size].x-kubernetes-validations[0].rule: Invalid value: "self == 1 &&": compilation failed: ERROR: <input>:1:13: Syntax error: mismatched input '<EOF>'`,
    ),
  ]);
});

it('rules are not asked about objects of a wrong shape', async () => {
  await ruled({ size: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 1' }] } });
  expect(await problems(create({ size: 'x' }))).toEqual([
    'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  ]);
});

it('defaults that break their own schema are refused', async () => {
  const schema = specOf({
    size: { type: 'integer', default: 'x' },
    box: { type: 'object', properties: {}, default: { a: 1 } },
  });
  expect(await problems(cluster.client.create(crdKind, widgetCrd([widgetVersion(schema)])))).toEqual([
    'spec.validation.openAPIV3Schema.properties[spec].properties[size].default: Invalid value: "string":  in body must be of type integer: "string"',
    'spec.validation.openAPIV3Schema.properties[spec].properties[box].default: Invalid value: {"a":1}: must not have unknown fields',
  ]);
});

it('so are defaults that break their own rules', async () => {
  const even = { 'x-kubernetes-validations': [{ rule: 'self % 2 == 0', message: 'even' }] };
  const grows = {
    rule: 'oldSelf.hasValue() ? self > oldSelf.value() : true',
    optionalOldSelf: true,
    message: 'grows',
  };
  const schema = specOf({
    fine: { type: 'integer', default: 2, ...even },
    odd: { type: 'integer', default: 3, ...even },
    box: { type: 'object', properties: { size: { type: 'integer', ...even } }, default: { size: 5 } },
    same: { type: 'integer', default: 1, 'x-kubernetes-validations': [grows] },
  });
  const at = 'spec.validation.openAPIV3Schema.properties[spec]';
  expect(await problems(cluster.client.create(crdKind, widgetCrd([widgetVersion(schema)])))).toEqual([
    `${at}.properties[odd].default: Invalid value: 3: even`,
    `${at}.properties[box].default.size: Invalid value: 5: even`,
    `${at}.properties[same].default: Invalid value: 1: grows`,
  ]);
});

it('whole objects are kept as they are by `self == oldSelf`', async () => {
  const kept = { rule: 'self == oldSelf', message: 'kept' };
  await ruled({
    box: {
      type: 'object',
      properties: { name: { type: 'string' }, sizes: { type: 'array', items: { type: 'integer' } } },
      'x-kubernetes-validations': [kept, { rule: 'self.name != "" || self == null', message: 'named' }],
    },
    size: { type: 'integer' },
  });
  const box = { name: 'a', sizes: [1, 2] };
  await create({ box, size: 1 });
  expect(await problems(update({ box: { ...box, sizes: [1, 3] }, size: 1 }))).toEqual([
    'spec.box: Invalid value: kept',
  ]);
  expect(await problems(update({ box, size: 2 }))).toEqual([]);
});

it('rules end where they have cost too much, one alone or all together', async () => {
  const pairs = 'self.all(x, self.all(y, x + y >= 0))';
  const numbers = (rules: string[]): JsonSchema => ({
    type: 'array',
    maxItems: 1000,
    items: { type: 'integer' },
    'x-kubernetes-validations': rules.map((rule) => ({ rule })),
  });
  await ruled({
    costly: numbers([pairs, 'false']),
    many: numbers([...Array<string>(10).fill(pairs), 'false']),
    plain: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'false' }] },
  });
  const items = (count: number) => Array.from({ length: count }, (_, i) => i);
  // 350 items: 350 × (4 + 350 × 7 + 1) = 859,250.
  expect(await problems(create({ costly: items(350) }))).toEqual([
    'spec.costly: Invalid value: failed rule: false',
  ]);
  expect(await problems(create({ costly: items(400), plain: 1 }))).toEqual([
    `spec.costly: Invalid value: "array": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${pairs}`,
  ]);
  // 375 items: 985,500 each, and the budget is 10,000,000.
  expect(await problems(create({ many: items(375), costly: items(350), plain: 1 }))).toEqual([
    'spec.many: Invalid value: failed rule: false',
    'spec.costly: Invalid value: "array": validation failed due to running out of cost budget, no further validation rules will be run',
  ]);
});
