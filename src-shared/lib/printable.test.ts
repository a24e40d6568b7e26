import { expect, test } from 'vitest';
import { printableLine, printableText } from './printable.ts';

test.each([
  ['plain – ünïcödé 日本 🦆', 'plain – ünïcödé 日本 🦆'],
  ['\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
  ['\u001b[2J\u001b[1;1H', '\\x1b[2J\\x1b[1;1H'],
  ['\u009b31m', '\\x9b31m'],
  ['a\nb\r\n\tc', 'a\\nb\\r\\n\\tc'],
  ['nul\u0000del\u007f', 'nul\\x00del\\x7f'],
  ['evil\u202egpj.exe\u2066x\u2069', 'evil\\u202egpj.exe\\u2066x\\u2069'],
  ['line\u2028separator', 'line\\u2028separator'],
  ['', ''],
])('%j on one line is %j', (text, expected) => {
  expect(printableLine(text)).toBe(expected);
});

test('text keeps its lines and tabs, and nothing else that would be obeyed', () => {
  expect(printableText('one\r\n\ttwo\u001b[A\rthree\n')).toBe('one\n\ttwo\\x1b[A\\rthree\n');
});

test('what is very long is cut, and says by how much', () => {
  expect(printableLine('x'.repeat(65_536))).toBe(`${'x'.repeat(4096)}… (61440 more)`);
  expect(printableText(`${'x'.repeat(4097)}\nshort`)).toBe(`${'x'.repeat(4096)}… (1 more)\nshort`);
  expect(printableLine('\u001b'.repeat(5), 2)).toBe('\\x1b\\x1b… (3 more)');
});
