import type { AnyColumn, AnyObject } from './list-model.ts';

const sampleSize = 40;
const charPx = 7;
/** Space beside a cell's text. */
const marginPx = 18;
/** Dot and gap before a name. */
const markPx = 18;
const agePx = 76;
/** Names differ at their ends: they are not cut while there is room. */
const namePx = { least: 210, most: 300 };

export interface Tracks {
  /** For `grid-template-columns`. */
  readonly template: string;
  /** What each column gets at least. */
  readonly leastPx: readonly number[];
  /** What the columns need at least; a narrower list scrolls sideways. */
  readonly minWidthPx: number;
}

/** As wide as the longest text of a sample asks, within reason; long texts share what is left over. */
export function columnTracks(
  columns: readonly AnyColumn[],
  rows: readonly AnyObject[],
  nowMs: number,
): Tracks {
  const step = Math.max(1, Math.floor(rows.length / sampleSize));
  const sample = rows.filter((_, index) => index % step === 0).slice(0, sampleSize);
  const tracks = columns.map((column) => {
    if (column.type === 'date') return { least: Math.max(agePx, column.name.length * charPx + 34), share: 7 };
    const texts = sample.map((row) => String(column.cell(row, nowMs) ?? '').length);
    const longest = Math.max(column.name.length + 3, ...texts);
    if (column.type === 'name') {
      const wanted = longest * charPx + marginPx + markPx;
      return { least: clamp(wanted, namePx.least, namePx.most), share: clamp(longest, 28, 60) };
    }
    return { least: clamp(longest * charPx + marginPx, 70, 190), share: clamp(longest, 8, 90) };
  });
  return {
    template: tracks.map(({ least, share }) => `minmax(${least}px, ${share}fr)`).join(' '),
    leastPx: tracks.map(({ least }) => least),
    minWidthPx: tracks.reduce((sum, { least }) => sum + least, 0),
  };
}

/** Whether a cell shows its text in full however narrow the list is. Only others are clipped: clips cost drawing time. */
export function fitsAlways(text: string, column: AnyColumn, leastPx: number): boolean {
  return text.length * charPx + marginPx + (column.type === 'name' ? markPx : 0) <= leastPx;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

/** Whether a column's cells stand at its right edge: those of numbers. */
export function isRight(column: AnyColumn): boolean {
  return column.type === 'integer' || column.type === 'number';
}
