import { expect, test } from 'vitest';
import { tableCommand } from './table-keys.ts';

const press = (key: string, modifiers = {}) =>
  tableCommand({ key, ctrlKey: false, metaKey: false, altKey: false, ...modifiers });

test('letters and arrows mean the same', () => {
  expect([press('j'), press('ArrowDown'), press('k'), press('ArrowUp')]).toEqual([
    'next',
    'next',
    'previous',
    'previous',
  ]);
});

test('Ctrl-A selects all; other combinations are left to the browser', () => {
  expect(press('a', { ctrlKey: true })).toBe('select-all');
  expect(press('j', { ctrlKey: true })).toBeUndefined();
  expect(press('Home', { altKey: true })).toBeUndefined();
  expect(press('q')).toBeUndefined();
});
