import type { JsonSchema } from '@shared/kinds/apiextensions/json-schema.ts';
import { expect, it } from 'vitest';
import { authorizerType } from './authorizer.ts';
import { compileCel, createCelEnvironment, extendCelEnvironment } from './cel.ts';
import { SchemaTypes } from './schema-types.ts';
import { sizeHint } from './size-hints.ts';

function estimate(rule: string, schema: JsonSchema): number {
  const environment = createCelEnvironment({ authorizer: authorizerType });
  const { name } = new SchemaTypes(environment).typeOf(schema);
  const program = compileCel(rule, extendCelEnvironment(environment, { self: name, oldSelf: name }));
  if (program.type === 'error') throw new Error(program.message);
  return program.estimate(sizeHint(schema));
}

const text = (maxLength?: number): JsonSchema => ({
  type: 'string',
  ...(maxLength !== undefined && { maxLength }),
});
const list = (items: JsonSchema, maxItems?: number): JsonSchema => ({
  type: 'array',
  items,
  ...(maxItems !== undefined && { maxItems }),
});
const map = (additionalProperties: JsonSchema, maxProperties?: number): JsonSchema => ({
  type: 'object',
  additionalProperties,
  ...(maxProperties !== undefined && { maxProperties }),
});
const number: JsonSchema = { type: 'number' };
const boolean: JsonSchema = { type: 'boolean' };
const dated = (format: string): JsonSchema => ({ type: 'string', format });
const intOrString: JsonSchema = { 'x-kubernetes-int-or-string': true };
const object: JsonSchema = {
  type: 'object',
  properties: { required: text(), optional: text() },
  required: ['required'],
};

// What Kubernetes itself estimates: apiextensions-apiserver, TestCostEstimation.
it.each<[string, JsonSchema, number]>([
  ['self.all(x, true)', list(number), 4_718_591],
  ['self.all(x, true)', list(number, 10), 32],
  ['self.all(x, true)', list(text()), 3_145_727],
  ['self.all(x, true)', list(text(), 20), 62],
  ['self.all(x, true)', list(boolean), 1_887_437],
  ['self.all(x, true)', list(list(number)), 3_145_727],
  ['self.all(x, true)', list(object), 555_128],
  ['self.all(x, true)', list(object, 50), 152],
  ['self.all(x, true)', map(number), 1_348_169],
  ['self.all(x, true)', map(text()), 1_179_647],
  ['self.all(x, true)', map(text(), 3), 11],
  ['self.all(x, true)', map(boolean), 943_718],
  ["self.contains('test')", text(), 314_574],
  ["self.contains('test')", text(10), 5],
  ["self.startsWith('test')", text(), 2],
  ["self.endsWith('test')", text(30), 2],
  ['size(self + "hello") > size("hello")', text(), 314_578],
  ['size(self + "hello") > size("hello")', text(4), 7],
  ['self[1] == 0.0', list(number), 2],
  ['self[1] == self[1]', list(text()), 314_577],
  ['self.all(x, self.all(y, true))', list(number, 10), 352],
  ['self.all(x, self.all(y, self.all(z, true)))', list(number, 10), 3552],
  ['self.matches("x")', text(), 314_574],
  ['self.matches("x")', text(50), 22],
  ['"".matches("(((((((((())))))))))[0-9]")', text(), 7],
  ['self.matches("")', text(), 1],
  ['self.all(x, x.contains(self[x]))', map(text()), 2_752_507],
  ['self.all(x, x.contains(self[x]))', map(text(10), 10), 72],
  ['self["x"] == 0.0', map(number), 2],
  ['self == "x"', text(), 2],
  ['self == "x"', text(0), 1],
  ['self == b"x"', dated('byte'), 2],
  ['self.all(x, x == 0.0)', list(number), 6_291_454],
  ['self.all(x, x["y"].required == "z")', list(map(object)), 7_340_027],
  ['self.all(x, x["y"].required == "z")', list(map(object, 10), 10), 72],
  ['self.all(x, true)', list(intOrString), 4_718_591],
  ['self[0] == 5', list(intOrString), 3],
  ['self[0] == false', list(boolean), 2],
  ['self[0][0] == -1.0', list(list(number)), 3],
  ['self.all(x, true)', list(dated('duration')), 2_359_295],
  ['self[0].getHours() == 2', list(dated('duration')), 4],
  ['self.all(x, true)', list(dated('date')), 725_936],
  ['self.all(x, true)', list(dated('date-time')), 428_963],
  ['self[2].getMinutes() == 45', list(dated('date-time')), 4],
  ['self.all(x, true)', map(intOrString), 1_348_169],
  ['self.all(x, true)', map(object), 428_963],
  ['self.all(x, true)', map(map(number)), 1_179_647],
  ['self.all(x, true)', map(dated('date')), 524_288],
  ["self.find('[0-9]+') == ''", text(), 629_147],
  ["self.find('[0-9]+') == ''", text(10), 11],
  ["self.join(' ') == 'aa bb'", list(text()), 329_853_068_905],
  ["self.join(' ') == 'aa bb'", list(text(10), 10), 43],
  ['self.isSorted() == true', list(text()), 329_854_432_052],
  ['self.isSorted() == true', list(text(10), 10), 52],
  [
    "self.str.replace(self.before, self.after) == 'does not matter'",
    { type: 'object', properties: { str: text(), before: text(2), after: text(4) } },
    629_154,
  ],
  [
    'self.str.split(self.separator) == []',
    { type: 'object', properties: { str: text(), separator: text() } },
    629_160,
  ],
  [
    'self.str.split(self.separator) == []',
    { type: 'object', properties: { str: text(10), separator: text(10) } },
    22,
  ],
  ["self.lowerAscii() == 'lower!'", text(), 314_575],
  ['oldSelf.size() == self.size()', map({ type: 'integer' }), 5],
  ['self["a"] == self["b"]', map(dated('date-time')), 8],
  ['self["c"] == self["d"]', map(dated('duration')), 8],
  ["self.contains('A')", { type: 'string', enum: ['A', 'B', 'C', 'LongValue'] }, 2],
  ["self.contains('A')", { type: 'string', enum: ['A'], maxLength: 1000 }, 401],
  ['isQuantity(self)', intOrString, 314_574],
  ['isQuantity(self)', { ...intOrString, maxLength: 20 }, 9],
])('%s over %j', (rule, schema, cost) => {
  expect(estimate(rule, schema)).toBe(cost);
});

// apiserver, library/cost_test.go.
it.each([
  ["authorizer.path('/healthz')", 2],
  [
    "authorizer.group('apps').resource('deployments').subresource('status').namespace('test').name('backend')",
    6,
  ],
  ["authorizer.path('/healthz').check('get').allowed()", 350_003],
  ['quantity("12Mi")', 1],
  ['quantity("200M") == quantity("200M")', 3],
  ['quantity("50M").isLessThan(quantity("50Mi"))', 3],
  ['quantity("50k").add(20).sub(quantity("100k")).sub(-50000).asInteger() > 0', 7],
  ['sets.contains([], [])', 21],
  ['sets.contains([1], [1])', 22],
  ['sets.contains([1, 2, 3, 4], [2, 3])', 29],
  ['!sets.contains([1], [1, 2])', 24],
  ['sets.equivalent([1, 1], [1])', 25],
  ["'ABCDEFGHIJ abcdefghij'.lowerAscii()", 3],
  ["'abc 123 def 123'.replace('123', '456')", 3],
  ["'abc 123 def 123'.split(' ', 1)", 3],
  ["'  abc 123 def 123  '.trim()", 2],
  ["'abc 123 def 123'.findAll('123')", 2],
])('%s costs %d at most', (expression, cost) => {
  expect(estimate(expression, number)).toBe(cost);
});
