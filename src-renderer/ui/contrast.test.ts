import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

/** RGB of 0 to 255 and alpha of 0 to 1. */
type Colour = readonly [number, number, number, number];

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');

function tokensOf(theme: 'dark' | 'light'): ReadonlyMap<string, Colour> {
  const block = new RegExp(`:root\\[data-theme="${theme}"\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? '';
  const tokens = new Map<string, Colour>();
  for (const [, name, hex] of block.matchAll(/--([\w-]+): #([0-9a-f]{3,8});/g))
    if (name && hex) tokens.set(name, parse(hex));
  return tokens;
}

function parse(hex: string): Colour {
  const full = hex.length <= 4 ? [...hex].map((digit) => digit + digit).join('') : hex;
  const part = (at: number) => Number.parseInt(full.slice(at, at + 2), 16);
  return [part(0), part(2), part(4), full.length === 8 ? part(6) / 255 : 1];
}

/** `top` as it looks over an opaque `bottom`. */
function over(top: Colour, bottom: Colour): Colour {
  const mix = (index: 0 | 1 | 2) => top[index] * top[3] + bottom[index] * (1 - top[3]);
  return [mix(0), mix(1), mix(2), 1];
}

function luminance([r, g, b]: Colour): number {
  const linear = (value: number) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** WCAG 2 contrast ratio, from 1 to 21. */
function contrast(a: Colour, b: Colour): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

const surfaces = ['bg', 'bg-side', 'bg-raised', 'bg-overlay', 'bg-inset'];
const texts = ['text', 'text-2', 'text-3', 'accent', 'ok', 'progress', 'warn', 'error', 'done'];
const levels = ['ok', 'progress', 'warn', 'error', 'done'];

test('black on white is 21', () => {
  expect(contrast([0, 0, 0, 1], [255, 255, 255, 1])).toBeCloseTo(21);
});

describe.each(['dark', 'light'] as const)('the %s theme', (theme) => {
  const tokens = tokensOf(theme);
  const colour = (name: string): Colour => {
    const found = tokens.get(name);
    if (found === undefined) throw new Error(`tokens.css has no --${name} for ${theme}`);
    return found;
  };
  const ratio = (text: string, layers: readonly string[]) => {
    const [base = 'bg', ...tints] = layers;
    const surface = tints.reduce((below, tint) => over(colour(tint), below), colour(base));
    return contrast(over(colour(text), surface), surface);
  };
  /** Pairs below what WCAG AA asks, each with its ratio. */
  const failures = (least: number, pairs: readonly (readonly [string, readonly string[]])[]) =>
    pairs
      .map(([text, layers]) => ({ pair: `${text} on ${layers.join(' + ')}`, ratio: ratio(text, layers) }))
      .filter((entry) => entry.ratio < least)
      .map((entry) => `${entry.pair}: ${entry.ratio.toFixed(2)}`);

  test('text reads on every surface, hovered and selected too', () => {
    const tinted = surfaces.flatMap((base) => [[base], [base, 'bg-hover'], [base, 'bg-selected']]);
    expect(
      failures(
        4.5,
        texts.flatMap((text) => tinted.map((layers) => [text, layers] as const)),
      ),
    ).toEqual([]);
  });

  test('badges and notices read on their own tint', () => {
    const pairs = levels.flatMap((level) =>
      surfaces.flatMap((base) =>
        [level, 'text', 'text-2'].map((text) => [text, [base, `${level}-bg`]] as const),
      ),
    );
    expect(failures(4.5, pairs)).toEqual([]);
  });

  test('labels of solid buttons read', () => {
    expect(
      failures(4.5, [
        ['on-accent', ['accent-solid']],
        ['on-accent', ['accent-solid-hover']],
        ['on-accent', ['error-solid']],
      ]),
    ).toEqual([]);
  });

  test('focus rings and marks of state stand out from every surface', () => {
    const pairs = surfaces.flatMap((base) => ['focus', ...levels].map((mark) => [mark, [base]] as const));
    expect(failures(3, pairs)).toEqual([]);
  });
});
