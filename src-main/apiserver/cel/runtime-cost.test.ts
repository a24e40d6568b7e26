import type { Json } from '@shared/lib/types.ts';
import { describe, expect, it } from 'vitest';
import { authorizerOf, authorizerType } from './authorizer.ts';
import { CelError, compileCel, createCelEnvironment } from './cel.ts';
import { toCel } from './values.ts';

const environment = createCelEnvironment({ self: 'dyn', authorizer: authorizerType });
const plenty = 1e9;

function program(expression: string) {
  const compiled = compileCel(expression, environment);
  if (compiled.type === 'error') throw new Error(compiled.message);
  return compiled;
}

function costOf(expression: string, self: Json = null): number {
  const budget = { remaining: plenty };
  program(expression).evaluate({ self: toCel(self) }, budget);
  return plenty - budget.remaining;
}

const text = (length: number) => 'x'.repeat(length);
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

// Worked out by hand from cel-go's runtimecost.go and the API server's library/cost.go.
describe('what expressions cost', () => {
  it.each<[string, Json, number]>([
    ['1 + 2', null, 1],
    ['self', 1, 1],
    ['self.a', { a: 1 }, 2],
    ['self.a.b == 1', { a: { b: 1 } }, 4],
    ['self["a"]', { a: 1 }, 2],
    ['self ? 1 : 2', true, 1],
    ['true || self.a', {}, 0],
    ['self.a && self.b', { a: true, b: true }, 4],
    ['["a", "b"]', null, 0],
    ['[self]', 1, 11],
    ['{"a": self}', 1, 31],
    ['self in [1, 2, 3]', 1, 1],
    ['self.a in self.b', { a: 5, b: numbers(6) }, 10],
    ['"a" in self', { a: 1 }, 2],
    ['self.all(x, true)', numbers(10), 32],
    ['self.exists(x, x == 9)', numbers(10), 62],
    ['self.exists_one(x, x == 9)', numbers(10), 34],
    ['self.map(x, 1)', numbers(10), 122],
    ['self.filter(x, true)', numbers(10), 132],
    ['self.all(i, x, true)', numbers(10), 32],
    ['self.transformMap(k, v, 1)', { a: 1, b: 2 }, 8],
    ['has(self.a)', { a: 1 }, 1],
    ['cel.bind(x, self.a, x + x)', { a: 1 }, 5],
    ['self == "abcdefghijk"', text(30), 3],
    ['self.a == self.b', { a: numbers(95), b: numbers(95) }, 14],
    ['self < "b"', text(30), 2],
    ['self + self', text(50), 12],
    ['self.matches("[0-9]+xxx")', text(99), 31],
    ['self.contains("abcdefghijk")', text(100), 21],
    ['self.startsWith("a")', text(100), 11],
    ['self.lowerAscii()', text(100), 11],
    ['self.replace("x", "yy")', text(100), 21],
    ['self.split("x")', text(100), 21],
    ['self.join("-")', ['aaaaa', 'bbbbb'], 4],
    ['self.find("x+")', text(99), 11],
    ['self.isSorted()', numbers(20), 21],
    ['self.indexOf("x")', text(100), 11],
    ['self.sum()', numbers(7), 8],
    ['sets.contains(self, [1, 2])', numbers(10), 22],
    ['sets.equivalent(self, self)', numbers(10), 203],
    ['self.distinct()', numbers(10), 212],
    ['self.sort()', ['b', 'a'], 20],
    ['lists.range(100)', null, 111],
    ['url(self)', `https://example.com/${text(80)}`, 11],
    ['quantity("12Mi")', null, 1],
    ['ip("192.168.0.1")', null, 2],
    ['ip("192.168.0.1").family()', null, 3],
    ['cidr("192.168.0.0/24").containsIP("192.168.0.1")', null, 5],
    ['cidr("192.168.0.0/24").containsCIDR("192.168.0.0/25")', null, 7],
    ['"héllo wörld" == "héllo wörld"', null, 2],
  ])('%s', (expression, self, cost) => {
    expect(costOf(expression, self)).toBe(cost);
  });
});

function failureOf(run: () => unknown): CelError {
  try {
    run();
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('limits', () => {
  const cancelled = 'operation cancelled: actual cost limit exceeded';

  it.each<[string, Json]>([
    ['self.all(x, self.all(y, self.all(z, x + y + z >= 0)))', numbers(2000)],
    ['self.all(i, x, self.all(j, y, x + y >= 0))', numbers(2000)],
    ['self.exists(x, self.all(y, y >= 0) && false)', numbers(2000)],
    ['self.exists(x, self.map(y, y).size() == 0) || true', numbers(2000)],
    ['sets.contains(self, self)', numbers(2000)],
    ['lists.range(1000000000000).size() > 0', null],
    ['self.contains(self)', text(20_000)],
    ['self.matches(self)', text(10_000)],
    ['self.distinct().size() > 0', numbers(1000)],
    ['self.sortBy(x, -x).size() > 0', numbers(1000)],
    ['[1, 2, 3].all(x, authorizer.path("/" + string(x)).check("get").allowed() || true)', null],
  ])('%s is cancelled', async (expression, self) => {
    const authorizer = authorizerOf(async () => ({ allowed: true, reason: '' }));
    const evaluate = async () => program(expression).evaluate({ self: toCel(self), authorizer });
    await expect(evaluate()).rejects.toMatchObject({ message: cancelled, exceeded: 'expression' });
  });

  it('expressions that share a budget end when it is used up', () => {
    const budget = { remaining: 100 };
    const all = program('self.all(x, x >= 0)');
    all.evaluate({ self: toCel(numbers(10)) }, budget);
    expect(budget.remaining).toBe(100 - 52);
    expect(failureOf(() => all.evaluate({ self: toCel(numbers(10)) }, budget))).toMatchObject({
      exceeded: 'budget',
      message: 'validation failed due to running out of cost budget, no further validation rules will be run',
    });
  });

  it('what comes behind an answer of the authorizer is paid for as well', async () => {
    const authorizer = authorizerOf(async () => ({ allowed: true, reason: '' }));
    const budget = { remaining: plenty };
    const self = toCel(numbers(1000));
    await program('authorizer.path("/a").check("get").allowed() && self.all(x, true)').evaluate(
      { self, authorizer },
      budget,
    );
    expect(plenty - budget.remaining).toBe(350_000 + 3 + 3002);
    const loop = program(
      'authorizer.path("/a").check("get").allowed() && self.all(x, self.all(y, x + y >= 0))',
    );
    await expect(async () => loop.evaluate({ self, authorizer })).rejects.toThrow(cancelled);
  });
});
