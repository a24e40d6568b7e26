import { describe, expect, it } from 'vitest';
import { withoutLiterals } from '../admission/matching/object-literals.ts';
import { compileCel, createCelEnvironment } from './cel.ts';
import { withOwnNames } from './own-names.ts';

const environment = createCelEnvironment({ self: 'dyn' });

function outcomeOf(expression: string): string {
  const compiled = compileCel(expression, environment);
  return compiled.type === 'error' ? compiled.message.slice(0, 120) : compiled.resultType;
}

describe('the size of an expression', () => {
  const tooDeep = 'ERROR: <input>:-1:0: max recursion depth exceeded';
  const tooLong = (size: number) =>
    `ERROR: <input>:-1:0: expression code point size exceeds limit: size: ${size}, limit 100000`;

  it.each([
    ['100,000 characters', `true${' '.repeat(99_996)}`, 'bool'],
    ['one more', `true${' '.repeat(99_997)}`, tooLong(100_001)],
    ['characters beyond 16 bits, each counted once', `"${'😀'.repeat(99_998)}"`, 'string'],
    ['360,000 characters', `${'self.a == 1 || '.repeat(24_000)}true`, tooLong(360_004)],
    ['a list of 20,000 items', `[${'1,'.repeat(20_000)}1].size() > 1`, 'bool'],
    ['300 parentheses', `${'('.repeat(300)}true${')'.repeat(300)}`, tooDeep],
    ['90,000 negations', `${'!'.repeat(90_000)}true`, tooDeep],
    ['a sum of 20,000 numbers', `1${' + 1'.repeat(20_000)} > 1`, tooDeep],
    ['40,000 fields in each other', `self${'.a'.repeat(40_000)}`, tooDeep],
  ])('%s', (_, expression, outcome) => expect(outcomeOf(expression)).toBe(outcome));

  it('a complaint shows the line it is about unless that is very long', () => {
    const complaint = (length: number) => {
      const compiled = compileCel(`${' '.repeat(length)}nothing`, environment);
      return compiled.type === 'error' ? compiled.message.split('\n').length : 0;
    };
    expect([complaint(10), complaint(20_000)]).toEqual([3, 1]);
  });

  // What took time by the square of the length would not come to an end here.
  it.each([
    ['blanks', `has(${' '.repeat(3_000_000)}`],
    ['texts that do not end', `has("${'\\"'.repeat(1_500_000)}`],
    ['quotes', `has(${'"\''.repeat(1_500_000)}`],
  ])('%s are rewritten in one go', (_, expression) => {
    expect(withOwnNames(expression)).toBe(expression.replace('has(', '_h_('));
    expect(withoutLiterals(expression).text).toBe(expression);
  });

  it.each([
    ['has(self.a) && self.matches("x")', '_h_(self.a) && self._match_("x")'],
    ['self.has(1) && has == 1 && matches("x")', 'self.has(1) && has == 1 && matches("x")'],
    ['self . // has(x)\n lowerAscii ( )', 'self . // has(x)\n _lower_as_ ( )'],
    [`"has(x) \\" has(" + r"\\" + 'has(' + has(x)`, `"has(x) \\" has(" + r"\\" + 'has(' + _h_(x)`],
    [`"""has(x)" has(""" + has(x)`, `"""has(x)" has(""" + _h_(x)`],
  ])('own functions stand for those called: %s', (expression, own) =>
    expect(withOwnNames(expression)).toBe(own),
  );
});
