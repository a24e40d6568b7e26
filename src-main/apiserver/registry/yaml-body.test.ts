import { ApiError } from '@shared/api/status.ts';
import { expect, it } from 'vitest';
import { parseYaml } from './yaml-body.ts';

const deep: readonly (readonly [string, (levels: number) => string])[] = [
  ['lists in brackets', (levels) => `${'['.repeat(levels)}${']'.repeat(levels)}`],
  ['lists that are never closed', (levels) => '['.repeat(levels)],
  ['maps in braces', (levels) => `${'{a: '.repeat(levels)}b${'}'.repeat(levels)}`],
  ['lists by dashes', (levels) => `${'- '.repeat(levels)}a`],
  [
    'maps by columns',
    (levels) => Array.from({ length: levels }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
  ],
  ['keys that are maps', (levels) => `${'? '.repeat(levels)}a`],
];

it.each(deep)('%s are refused before anything goes down into them', (_what, make) => {
  for (const levels of [1000, 3000]) expect(messageOf(make(levels))).toContain('exceeded max depth of 400');
});

it.each(deep.filter(([what]) => !/never|keys/.test(what)))(
  '%s may go as deep as any object',
  (_what, make) => {
    expect(depthOf(parseYaml(make(300)).value)).toBeGreaterThanOrEqual(299);
  },
);

it('what stands far to the right in a text is no depth', () => {
  expect(parseYaml(`a: |\n  b\n${' '.repeat(2000)}- c\n`).value).toEqual({
    a: `b\n${' '.repeat(1998)}- c\n`,
  });
});

it('half a surrogate pair is refused where it stands, a whole one is read', () => {
  expect(messageOf('a: 1\nb: "\\ud800"\n')).toContain('line 2: found invalid Unicode character escape code');
  expect(messageOf('"\\udc00": 1\n')).toContain('line 1: found invalid');
  expect(parseYaml('a: \'\\ud800\'\nb: "\\U0001F600"\n').value).toEqual({ a: '\\ud800', b: '😀' });
});

function messageOf(text: string): string {
  try {
    parseYaml(text);
    return '';
  } catch (error) {
    return error instanceof ApiError && error.status.code === 400
      ? error.message
      : `no refusal: ${String(error)}`;
  }
}

function depthOf(value: unknown): number {
  let depth = 0;
  for (let inner = value; inner !== null && typeof inner === 'object'; depth++)
    [inner] = Object.values(inner);
  return depth;
}
