import { expect, it } from 'vitest';
import { compileCel, createCelEnvironment } from './cel.ts';
import { compilePattern } from './regex.ts';

const evaluate = (expression: string, variables: Record<string, unknown> = {}) => {
  const types = Object.fromEntries(Object.keys(variables).map((name) => [name, 'string']));
  const program = compileCel(expression, createCelEnvironment(types));
  if (program.type === 'error') throw new Error(program.message);
  return program.evaluate(variables);
};

// With an engine that backtracks, none of these would end before the sun does.
it.each(['(a+)+$', '^(a|a)*$', '(a|aa)+$', '^([a-zA-Z]+)*$', '(.*a){25}$', '^(([a-z])+.)+[A-Z]([a-z])+$'])(
  'a hostile pattern takes no longer than others: %s',
  (source) => {
    const text = `${'a'.repeat(5_000)}!`;
    expect(compilePattern(source).test(text)).toBe(false);
    expect(evaluate('text.matches(pattern)', { text, pattern: source })).toBe(false);
    expect(evaluate('text.find(pattern)', { text, pattern: source })).toBe('');
  },
);

it.each([
  ['(?i)^SLIP', 'slipway', true],
  ['^\\pL+$', 'größe', true],
  ['^[[:alpha:]]+$', 'abc', true],
  ['\\Aa\\z', 'a', true],
  ['a\\z', 'a\n', false],
  ['^(?P<name>x)$', 'x', true],
  ['^\\Qa.b\\E$', 'a.b', true],
  ['^.$', '😀', true],
  ['^\\d$', '٣', false],
  ['(?s)a.b', 'a\nb', true],
  ['a.b', 'a\nb', false],
  ['(?U)a+', 'aaa', true],
])('%s on %s is %s, as in Go', (source, text, expected) => {
  expect(compilePattern(source).test(text)).toBe(expected);
});

it.each([
  ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
  ['(a)\\1', 'invalid escape sequence: `\\1`'],
  ['a{1001}', 'invalid repeat count: `{1001}`'],
  ['((a{100}){100}){100}', 'invalid repeat count'],
  ['(', 'missing closing ): `(`'],
])('%s is no pattern', (source, why) => {
  expect(() => compilePattern(source)).toThrow(`error parsing regexp: ${why}`);
});

it('matches that are found', () => {
  expect(evaluate(`'123 abc 456'.findAll('[0-9]+')`)).toEqual(['123', '456']);
  expect(evaluate(`'123 abc 456'.findAll('[0-9]+', 1)`)).toEqual(['123']);
  expect(evaluate(`'123 abc 456'.findAll('[0-9]+', 0)`)).toEqual([]);
  expect(evaluate(`'abc'.find('[0-9]+')`)).toBe('');
  expect(evaluate(`'a😀b'.findAll('.')`)).toEqual(['a', '😀', 'b']);
});

it('what is called as the functions it replaces stays as it is: fields, texts', () => {
  expect(evaluate(`{'matches': 1, 'has': 2}.matches`)).toBe(1n);
  expect(evaluate(`'x.matches(y) has(z)'`)).toBe('x.matches(y) has(z)');
  expect(() => evaluate(`1.matches('a')`)).toThrow(/matches/);
});
