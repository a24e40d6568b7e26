import { item, type Path } from './schema.ts';

/** Where in a manifest a place of the text is; works on half-typed text that does not parse. */
export interface CursorContext {
  readonly apiVersion: string;
  readonly kind: string;
  /** Path of the mapping (or, with `key`, of the value) at the cursor. */
  readonly path: Path;
  /** The key whose value is being typed; undefined while a key is being typed. */
  readonly key: string | undefined;
  /** What was typed of the key or value. */
  readonly typed: string;
  /** Column at which keys of this mapping begin. */
  readonly column: number;
  /** Keys the mapping has already. */
  readonly siblings: ReadonlySet<string>;
}

interface Line {
  readonly indent: number;
  /** Column of the last dash before the key; -1 without one. */
  readonly dash: number;
  readonly column: number;
  readonly key: string | undefined;
}

const linePattern = /^(\s*)((?:- +)*)(?:(-)$|(?:(["']?)([^\s:#"'][^:#"']*)\4\s*:(?:\s|$)|))/;

function parseLine(text: string): Line | undefined {
  if (/^\s*(#|$)/.test(text)) return undefined;
  const match = linePattern.exec(text);
  const [, space = '', dashes = '', lone, , key] = match ?? [];
  const prefix = space.length + dashes.length;
  if (lone !== undefined) return { indent: space.length, dash: prefix, column: prefix + 2, key: undefined };
  return {
    indent: space.length,
    dash: dashes === '' ? -1 : space.length + dashes.lastIndexOf('-'),
    column: prefix,
    key,
  };
}

/** The context of an offset; undefined inside a comment. */
export function contextAt(text: string, offset: number): CursorContext | undefined {
  const { start, end } = documentAround(text, offset);
  const before = text.slice(start, offset).split('\n');
  const line = before.pop() ?? '';
  if (/(^|\s)#/.test(line)) return undefined;
  const shape = /^(\s*)((?:- +)*)(.*)$/.exec(line);
  const [, space = '', dashes = '', rest = ''] = shape ?? [];
  const column = space.length + dashes.length;
  const value = /^(["']?)([^\s:"'][^:"']*)\1\s*:\s+(.*)$/.exec(rest);
  const dash = dashes === '' ? -1 : space.length + dashes.lastIndexOf('-');
  const after = text.slice(offset, end).split('\n').slice(1);
  const parents = climb(before, { dash, column });
  const whole = text.slice(start, end);
  return {
    apiVersion: /^apiVersion:\s*["']?([^\s"'#]+)/m.exec(whole)?.[1] ?? '',
    kind: /^kind:\s*["']?([^\s"'#]+)/m.exec(whole)?.[1] ?? '',
    path: value?.[2] === undefined ? parents : [...parents, value[2]],
    key: value?.[2],
    typed: value?.[3] ?? rest,
    column,
    siblings: siblingsOf({ before, after, column, dash }),
  };
}

/** Path of the key that begins on the line of an offset, for hovering. */
export function keyAt(
  text: string,
  offset: number,
): { context: CursorContext; key: string; from: number; to: number } | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = text.indexOf('\n', offset);
  const line = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd);
  const parsed = parseLine(line);
  if (parsed?.key === undefined) return undefined;
  const from = lineStart + parsed.column;
  const to = from + parsed.key.length;
  if (offset < from || offset > to) return undefined;
  const context = contextAt(text, from);
  return context && { context, key: parsed.key, from, to };
}

function documentAround(text: string, offset: number): { start: number; end: number } {
  let start = 0;
  let end = text.length;
  for (const match of text.matchAll(/^---(?:[ \t].*)?$/gm)) {
    const after = match.index + match[0].length + 1;
    if (after <= offset) start = after;
    else if (match.index >= offset) {
      end = match.index;
      break;
    }
  }
  return { start: Math.min(start, offset), end };
}

/** Walks up from a line at `column` (behind a dash at `dash`, if any) to the root. */
function climb(lines: readonly string[], from: { dash: number; column: number }): string[] {
  const path: string[] = [];
  let { dash, column } = from;
  for (let i = lines.length - 1; i >= 0 && (column > 0 || dash >= 0); i -= 1) {
    const line = parseLine(lines[i] ?? '');
    if (line === undefined) continue;
    if (dash >= 0) {
      if (line.key === undefined || line.column > dash || (line.column === dash && line.dash === dash))
        continue;
      path.unshift(line.key, item);
    } else {
      if (line.column === column && line.dash >= 0) {
        dash = line.dash;
        continue;
      }
      if (line.column >= column || line.key === undefined) continue;
      path.unshift(line.key);
    }
    dash = line.dash;
    column = line.column;
  }
  return path;
}

interface Surroundings {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly column: number;
  readonly dash: number;
}

function siblingsOf({ before, after, column, dash }: Surroundings): ReadonlySet<string> {
  const found = new Set<string>();
  const scan = (lines: readonly string[], stopAtDash: boolean) => {
    for (const text of lines) {
      const line = parseLine(text);
      if (line === undefined) continue;
      if (line.column < column || (!stopAtDash && line.dash >= 0 && line.column <= column)) return;
      if (line.column === column && line.key !== undefined) found.add(line.key);
      if (stopAtDash && line.dash >= 0 && line.column === column) return;
    }
  };
  if (dash < 0) scan([...before].reverse(), true);
  scan(after, false);
  return found;
}
