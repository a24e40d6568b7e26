import { expect, test } from 'vitest';
import { remembering } from './remember.ts';

test('each text is computed once while there is room, and long ones each time', () => {
  const computed: string[] = [];
  const shout = remembering((text) => {
    computed.push(text.slice(0, 5));
    return text.toUpperCase();
  }, 2);
  const long = 'long-'.padEnd(300, 'x');
  const answers = ['a', 'a', 'b', 'a', 'c', 'a', long, long].map((text) => shout(text).slice(0, 5));
  expect(answers).toEqual(['A', 'A', 'B', 'A', 'C', 'A', 'LONG-', 'LONG-']);
  expect(computed).toEqual(['a', 'b', 'c', 'a', 'long-', 'long-']);
});
