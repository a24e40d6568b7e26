import { expect, test } from 'vitest';
import { columnTracks, fitsAlways } from './column-widths.ts';
import type { AnyColumn } from './list-model.ts';

const column = (name: string, type: AnyColumn['type'], text: string): AnyColumn => ({
  name,
  type,
  description: '',
  cell: () => text,
});
const rows = [{ metadata: { name: 'a' } }];

test('long texts get the larger share, short ones only what they need', () => {
  const columns = [
    column('Name', 'name', 'a'),
    column('Message', 'string', 'x'.repeat(200)),
    column('Ready', 'string', '1/1'),
    column('Age', 'date', ''),
  ];
  expect(columnTracks(columns, rows, 0)).toEqual({
    template: 'minmax(210px, 28fr) minmax(190px, 90fr) minmax(74px, 8fr) minmax(76px, 7fr)',
    leastPx: [210, 190, 74, 76],
    minWidthPx: 550,
  });
});

test('without rows the header decides', () => {
  expect(columnTracks([column('Nominated Node', 'string', '')], [], 0)).toEqual({
    template: 'minmax(137px, 17fr)',
    leastPx: [137],
    minWidthPx: 137,
  });
});

test('a text that may be longer than its column is clipped, others are not', () => {
  const name = column('Name', 'name', '');
  const ready = column('Ready', 'string', '');
  expect(fitsAlways('x'.repeat(24), name, 210)).toBe(true);
  expect(fitsAlways('x'.repeat(25), name, 210)).toBe(false);
  expect(fitsAlways('1/1', ready, 74)).toBe(true);
  expect(fitsAlways('10000/10000', ready, 74)).toBe(false);
});
