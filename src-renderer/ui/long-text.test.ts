import { expect, test } from 'vitest';
import { beginningOf } from './long-text.tsx';

test('a long text is cut, one that is hardly too long is not', () => {
  expect([beginningOf('abcdef', 5), beginningOf('abcdefg', 5)]).toEqual(['abcdef', 'abcde']);
});

test('no character is cut in half', () => {
  expect(beginningOf(`abcd${'😀'.repeat(10)}`, 5)).toBe('abcd');
});
