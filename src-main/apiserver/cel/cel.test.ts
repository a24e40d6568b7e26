import type { Json } from '@shared/lib/types.ts';
import { describe, expect, it } from 'vitest';
import { type AuthorizationQuestion, authorizerOf, authorizerType } from './authorizer.ts';
import { compileCel, createCelEnvironment } from './cel.ts';
import { fromCel, toCel } from './values.ts';

const environment = createCelEnvironment({ self: 'dyn', authorizer: authorizerType });

function run(expression: string, self: Json = null): unknown {
  const program = compileCel(expression, environment);
  if (program.type === 'error') throw new Error(program.message);
  return program.evaluate({ self: toCel(self) });
}

describe('CEL', () => {
  it.each<[string, Json?]>([
    ['self.a + 1 == 3 && self.b > 1.4', { a: 2, b: 1.5 }],
    ['"abc".charAt(1) == "b" && "a-b-a".replace("a", "c") == "c-b-c" && "aaa".replace("a", "b", 2) == "bba"'],
    ['"abc".reverse() == "cba" && "a,b".split(",").join("+") == "a+b" && " x ".trim() == "x"'],
    ['"Hello".lowerAscii() == "hello" && "hello".substring(1, 3) == "el" && "hello".indexOf("l") == 2'],
    [
      '"x12y3".find("[0-9]+") == "12" && "x12y3".findAll("[0-9]+") == ["12", "3"] && "x1y2".findAll("[0-9]", 1) == ["1"]',
    ],
    [
      '[1, 2, 3].isSorted() && [1, 2, 3].sum() == 6 && [3, 1].min() == 1 && [3, 1].max() == 3 && ["a", "b"].indexOf("b") == 1',
    ],
    ['[1.5, 2.0].sum() == 3.5 && ["a", "b", "a"].lastIndexOf("a") == 2'],
    ['sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && !sets.intersects([1], [2])'],
    [
      'math.least(3, 1, 2) == 1 && math.greatest([1.0, 4.0]) == 4.0 && math.abs(-2) == 2 && math.ceil(1.2) == 2.0',
    ],
    [
      'quantity("1Gi").isGreaterThan(quantity("1G")) && quantity("500m").add(quantity("1")).compareTo(quantity("1500m")) == 0',
    ],
    [
      'isQuantity("1.5") && !isQuantity("x") && quantity("5").asInteger() == 5 && quantity("1") == quantity("1000m")',
    ],
    [
      'url("https://u@example.com:80/a%20b?x=1&x=2").getHost() == "example.com:80" && url("https://example.com:80/").getPort() == "80"',
    ],
    ['url("https://e.com/a?x=1&x=2").getQuery()["x"] == ["1", "2"] && !isURL("../a") && isURL("/a")'],
    ['ip("192.168.0.1").family() == 4 && ip("::1").isLoopback() && isIP("::ffff") && !isIP("1.2.3.256")'],
    [
      'cidr("10.0.0.0/8").containsIP("10.1.2.3") && cidr("10.0.0.0/8").containsCIDR(cidr("10.1.0.0/16")) && cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8")',
    ],
    [
      'semver("1.2.3").isLessThan(semver("1.10.0")) && semver("1.0.0-alpha.1").compareTo(semver("1.0.0")) == -1 && isSemver("v1.2", true)',
    ],
    ['"%s is %d or %.2f, %x".format(["a", 1, 2.5, 255]) == "a is 1 or 2.50, ff"'],
    [
      'format.dns1123Label().validate("a.b").hasValue() && !format.named("dns1123Label").value().validate("a").hasValue()',
    ],
    ['timestamp("2024-01-01T00:00:00Z") + duration("1h") == timestamp("2024-01-01T01:00:00Z")'],
    [
      'self.list.all(i, item, item == i + 1) && self.list.exists(i, item, i == 1 && item == 2)',
      { list: [1, 2] },
    ],
    [
      'self.map.transformMap(k, v, v + 1)["a"] == 2 && self.map.transformList(k, v, k) == ["a"]',
      { map: { a: 1 } },
    ],
    ['has(self.a) && !has(self.b) && self.?b.orValue(7) == 7', { a: 1 }],
    ['has(self.list[0].a) && !has(self.list[0].b) && "has(" != "_h_("', { list: [{ a: 1 }] }],
    ['dyn(1) == 1.0 && 1u + 2u == 3u && 7 / 2 == 3 && -7 % 2 == -1'],
    ['cel.bind(x, self.a * 2, x + x) == 8', { a: 2 }],
  ])('%s', (expression, self = null) => {
    expect(run(expression, self)).toBe(true);
  });

  it.each<[string, Json, string]>([
    ['self.b', { a: 1 }, 'no such key: b'],
    ['[1][3]', null, 'index out of bounds: 3'],
    ['1 / 0', null, 'division by zero'],
    ['9223372036854775807 + 1', null, 'integer overflow'],
    ['[].map(x, x).min()', null, 'min called on empty list'],
  ])('%s fails as it does in Kubernetes', (expression, self, message) => {
    expect(() => run(expression, self)).toThrow(message);
  });

  it.each([
    [
      'nobody > 1',
      "ERROR: <input>:1:1: undeclared reference to 'nobody' (in container '')\n | nobody > 1\n | ^",
    ],
    ['1 + "a"', 'no such overload: int + string'],
    ['1 +', 'Syntax error'],
    ['foo(1)', 'found no matching overload'],
  ])('%s does not compile', (expression, message) => {
    expect(compileCel(expression, environment)).toMatchObject({
      type: 'error',
      message: expect.stringContaining(message),
    });
  });

  it('asks the authorizer', async () => {
    const asked: AuthorizationQuestion[] = [];
    const authorizer = authorizerOf(async (question) => {
      asked.push(question);
      return { allowed: question.verb === 'get', reason: 'because' };
    });
    const check = compileCel(
      'authorizer.group("apps").resource("deployments").namespace("a").check("get").allowed() && !authorizer.path("/healthz").check("put").allowed()',
      environment,
    );
    if (check.type === 'error') throw new Error(check.message);
    expect(check.resultType).toBe('bool');
    expect(await check.evaluate({ self: null, authorizer })).toBe(true);
    expect(asked).toMatchObject([
      { group: 'apps', resource: 'deployments', namespace: 'a', verb: 'get' },
      { path: '/healthz', verb: 'put' },
    ]);
  });

  it('gives JSON back', () => {
    expect(fromCel(run('{"a": dyn([dyn(1), 2.5, "x", null, true]), "d": duration("90s")}'))).toEqual({
      a: [1, 2.5, 'x', null, true],
      d: '90s',
    });
  });
});
