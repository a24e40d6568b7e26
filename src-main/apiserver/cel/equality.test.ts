import { describe, expect, it } from 'vitest';
import { compileCel, createCelEnvironment } from './cel.ts';
import { SchemaTypes } from './schema-types.ts';

const schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    size: { type: 'integer' },
    ratio: { type: 'number' },
    at: { type: 'string', format: 'date-time' },
    wait: { type: 'string', format: 'duration' },
    bytes: { type: 'string', format: 'byte' },
    inner: { type: 'object', properties: { a: { type: 'string' } } },
    list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
    map: { type: 'object', additionalProperties: { type: 'integer' } },
    any: { 'x-kubernetes-preserve-unknown-fields': true },
    port: { 'x-kubernetes-int-or-string': true },
  },
};

const full = {
  name: 'x',
  size: 3,
  ratio: 1.5,
  at: '2024-01-01T00:00:00Z',
  wait: '1h',
  bytes: 'aGk=',
  inner: { a: 'b' },
  list: [{ a: 'b' }, {}],
  map: { a: 1 },
  any: { deep: [1, { b: null }] },
  port: 80,
};

function evaluate(expression: string, self: object, oldSelf: object = {}): unknown {
  let convert = (value: object): unknown => value;
  const environment = createCelEnvironment({}, (made) => {
    const type = new SchemaTypes(made).typeOf(schema);
    convert = (value) => type.convert(JSON.parse(JSON.stringify(value)));
    for (const name of ['self', 'oldSelf']) made.registerVariable(name, type.name);
  });
  const program = compileCel(expression, environment);
  if (program.type === 'error') return program.message.split('\n')[0];
  return program.evaluate({ self: convert(self), oldSelf: convert(oldSelf) });
}

describe('objects are compared member by member', () => {
  it('alike', () => {
    expect(evaluate('self == oldSelf', full, full)).toBe(true);
    expect(evaluate('self != oldSelf', full, full)).toBe(false);
    expect(evaluate('self == oldSelf', {}, {})).toBe(true);
  });

  it.each([
    { name: 'y' },
    { name: undefined },
    { size: 4 },
    { ratio: 2 },
    { at: '2024-01-01T00:00:01Z' },
    { wait: '61m' },
    { bytes: 'aGo=' },
    { inner: {} },
    { list: [{ a: 'b' }] },
    { list: [{ a: 'b' }, { a: 'c' }] },
    { map: { b: 1 } },
    { map: { a: 1, b: 2 } },
    { any: { deep: [1, { b: 0 }] } },
    { any: 'deep' },
    { port: '80' },
  ])('not with %j', (change) => {
    const changed = { ...full, ...change };
    expect(evaluate('self == oldSelf', full, changed)).toBe(false);
    expect(evaluate('self == oldSelf', changed, full)).toBe(false);
    expect(evaluate('self != oldSelf', full, changed)).toBe(true);
  });
});

describe('lists of objects, optional values and null', () => {
  it.each([
    ['self.list == oldSelf.list', true],
    ['self.list[1] in oldSelf.list && !(self.list[0] in [oldSelf.list[1]])', true],
    ['self.map == oldSelf.map && self.any == oldSelf.any && self.port == oldSelf.port', true],
    ['self.inner == null', false],
    ['null != self.inner', true],
    ['self.at == null || self.wait == null', false],
    ['quantity("1") == null', false],
    ['format.dns1123Label().validate("a") == null', false],
    ['self.?inner == null', false],
    ['self.?inner == oldSelf.?inner', true],
    ['self.?inner == optional.none()', false],
    ['optional.of(1) == optional.of(1)', true],
    ['optional.of(1) != optional.of(2)', true],
    ['optional.none() == optional.none()', true],
  ])('%s', (expression, value) => expect(evaluate(expression, full, full)).toBe(value));

  it.each([
    ['self.inner == self', 'ERROR: <input>:1:1: no such overload: object2 == object1'],
    ['self.name == null', 'ERROR: <input>:1:1: no such overload: string == null'],
    ['self.list == null', 'ERROR: <input>:1:1: no such overload: list<object3> == null'],
  ])('%s is refused', (expression, text) => expect(evaluate(expression, full)).toBe(text));
});
