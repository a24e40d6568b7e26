import { describe, expect, it } from 'vitest';
import { compileCel, createCelEnvironment } from './cel.ts';

const environment = createCelEnvironment({ self: 'dyn' });

/** The first line of the complaint, without its head; '' when there is none. */
function complaint(expression: string): string {
  const compiled = compileCel(expression, environment);
  return compiled.type === 'program'
    ? ''
    : (compiled.message.split('\n')[0] ?? '').replace('ERROR: <input>:', '');
}

describe('literals', () => {
  it.each([
    '[1, 2]',
    '[self, 1, "a"]',
    '["a", self.x, "b"]',
    '[1, dyn("a")]',
    '[[], [1], [2]]',
    '[{}, {"a": 1}]',
    '[duration("1h"), null]',
    '[optional.of(1), optional.none()]',
    '{"a": 1, "b": self}',
    '"%s has %d".format(["a", 1])',
    'duration("-1.5h30m") < duration("0")',
    'timestamp("2024-02-29T10:00:00.5+02:00") > timestamp("0001-01-01T00:00:00Z")',
    '"a".matches("^[a-z]+$") && "a".matches(self)',
  ])('%s', (expression) => expect(complaint(expression)).toBe(''));

  it.each([
    ['[1, "a"]', "1:5: expected type 'int' but found 'string'"],
    ['[1, 2u]', "1:5: expected type 'int' but found 'uint'"],
    ['["a", null]', "1:7: expected type 'string' but found 'null'"],
    ['[[1], ["a"]]', "1:7: expected type 'list(int)' but found 'list(string)'"],
    ['self in [1, 2.0]', "1:13: expected type 'int' but found 'double'"],
    ['{"a": 1, "b": "x"}', "1:15: expected type 'int' but found 'string'"],
    ['{"a": 1, 2: 1}', "1:10: expected type 'string' but found 'int'"],
    ['self.all(x, [1, "b"].exists(y, y == x))', "1:17: expected type 'int' but found 'string'"],
    ['"%s".format([[1, "a"]])', "1:18: expected type 'int' but found 'string'"],
    ['duration("1 hour") > self', '1:10: invalid duration argument'],
    ['self > timestamp("2024-01-01")', '1:18: invalid timestamp argument'],
    ['self.matches("[")', '1:14: invalid matches argument'],
  ])('%s is refused', (expression, text) => expect(complaint(expression)).toBe(text));
});
