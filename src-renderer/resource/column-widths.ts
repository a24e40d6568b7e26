import type { AnyColumn, AnyObject } from './list-model.ts';

const sampleSize = 40;
const charPx = 7;
const agePx = 76;
const namePx = 210;

export interface Tracks {
  /** For `grid-template-columns`. */
  readonly template: string;
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
    if (column.type === 'name') return { least: namePx, share: clamp(longest, 28, 60) };
    return { least: clamp(longest * charPx + 18, 70, 190), share: clamp(longest, 8, 90) };
  });
  return {
    template: tracks.map(({ least, share }) => `minmax(${least}px, ${share}fr)`).join(' '),
    minWidthPx: tracks.reduce((sum, { least }) => sum + least, 0),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
