import type { LogLine } from './log-buffer.ts';

/** Where a query occurs in a text, as [from, to) pairs; case is ignored. */
export function occurrences(text: string, query: string): readonly (readonly [from: number, to: number])[] {
  if (query === '') return [];
  const hay = text.toLowerCase();
  const wanted = query.toLowerCase();
  const found: [number, number][] = [];
  for (let at = hay.indexOf(wanted); at >= 0; at = hay.indexOf(wanted, at + wanted.length))
    found.push([at, at + wanted.length]);
  return found;
}

/** Indexes of lines that contain the query. */
export function matchingLines(lines: readonly LogLine[], query: string): readonly number[] {
  if (query === '') return [];
  const wanted = query.toLowerCase();
  const found: number[] = [];
  for (const [index, line] of lines.entries())
    if (line.text.toLowerCase().includes(wanted)) found.push(index);
  return found;
}

export interface LineFilter {
  /** Hidden sources, by index. */
  readonly hidden: ReadonlySet<number>;
  /** Only lines that contain this; '' for all. */
  readonly text: string;
}

export function filterLines(lines: readonly LogLine[], { hidden, text }: LineFilter): readonly LogLine[] {
  if (hidden.size === 0 && text === '') return lines;
  const wanted = text.toLowerCase();
  return lines.filter(
    (line) => !hidden.has(line.source) && (wanted === '' || line.text.toLowerCase().includes(wanted)),
  );
}

/** The whole log as a text file; the source is named where there are several. */
export function toText(lines: readonly LogLine[], sources: readonly string[], timestamps: boolean): string {
  return lines
    .filter((line) => !line.remark)
    .map((line) =>
      [sources.length > 1 ? `[${sources[line.source]}]` : '', timestamps ? line.time : '', line.text]
        .filter(Boolean)
        .join(' '),
    )
    .join('\n')
    .concat('\n');
}
