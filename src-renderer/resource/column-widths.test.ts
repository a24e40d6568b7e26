import { expect, test } from 'vitest';
import { columnTracks } from './column-widths.ts';
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
    minWidthPx: 550,
  });
});

test('without rows the header decides', () => {
  expect(columnTracks([column('Nominated Node', 'string', '')], [], 0)).toEqual({
    template: 'minmax(137px, 17fr)',
    minWidthPx: 137,
  });
});
