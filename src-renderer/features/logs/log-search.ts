import type { LogLine } from './log-buffer.ts';

/** In one line; more would be a line of marks. */
const marksAtMost = 500;

function patternOf(query: string): RegExp {
  return new RegExp(query.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'gi');
}

/** Where a query occurs in a text, as [from, to) pairs; case is ignored. */
export function occurrences(text: string, query: string): readonly (readonly [from: number, to: number])[] {
  if (query === '') return [];
  const found: [number, number][] = [];
  for (const { 0: match, index } of text.matchAll(patternOf(query))) {
    found.push([index, index + match.length]);
    if (found.length === marksAtMost) break;
  }
  return found;
}

/** Indexes of lines that contain the query. */
export function matchingLines(lines: readonly LogLine[], query: string): readonly number[] {
  if (query === '') return [];
  const pattern = patternOf(query);
  const found: number[] = [];
  for (const [index, line] of lines.entries()) if (line.text.search(pattern) >= 0) found.push(index);
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
  const pattern = patternOf(text);
  return lines.filter((line) => !hidden.has(line.source) && (text === '' || line.text.search(pattern) >= 0));
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
