import { expect, test } from 'vitest';
import { fuzzyScore, type PaletteItem, rankItems } from './palette-items.ts';

const item = (label: string, group: PaletteItem['group'] = 'Objects'): PaletteItem => ({
  id: label,
  label,
  hint: '',
  group,
  run: () => undefined,
});

test('every letter must occur in order', () => {
  expect(fuzzyScore('rs', 'Replica sets')).toBeGreaterThan(0);
  expect(fuzzyScore('sr', 'Pods')).toBe(0);
});

test('a beginning beats a middle, a middle beats scattered letters', () => {
  const [start, middle, scattered] = ['web-1', 'my-web', 'worker-eb'].map((label) =>
    fuzzyScore('web', label),
  ) as [number, number, number];
  expect(start).toBeGreaterThan(middle);
  expect(middle).toBeGreaterThan(scattered);
});

test('without a query actions come first; with one, the group of the best match does', () => {
  const items = [item('web'), item('Create cluster', 'Actions'), item('Pods', 'Go to')];
  expect(rankItems(items, '', 10).map(({ group }) => group)).toEqual(['Actions', 'Go to', 'Objects']);
  expect(rankItems(items, 'web', 10).map(({ label }) => label)).toEqual(['web']);
});

test('what interrupts something is never the first choice while anything else fits', () => {
  const stop = { ...item('Stop cluster dev', 'Actions'), disruptive: true };
  expect(rankItems([stop, item('storefront')], 'sto', 10).map(({ label }) => label)).toEqual([
    'storefront',
    'Stop cluster dev',
  ]);
  expect(rankItems([stop, item('storefront')], 'stop', 10)[0]).toBe(stop);
});
