import { RE2JS } from 're2js';

/** A compiled pattern. None of its calls takes longer than the text's length times the pattern's. */
export interface Pattern {
  /** Whether it occurs anywhere in the text. */
  test(text: string): boolean;
  /** At most so many matches that do not overlap, in order; all of them below 0. */
  findAll(text: string, limit: number): string[];
}

const maxKnown = 2000;
const known = new Map<string, Pattern>();

/**
 * Compiles a pattern in RE2's language, which has neither back references nor look-around. Throws with RE2's words
 * for what is none. https://github.com/google/re2/wiki/Syntax
 */
export function compilePattern(source: string): Pattern {
  const before = known.get(source);
  if (before) return before;
  const compiled = RE2JS.compile(source);
  const pattern: Pattern = {
    test: (text) => compiled.test(text),
    findAll(text, limit) {
      const found: string[] = [];
      const matcher = compiled.matcher(text);
      while ((limit < 0 || found.length < limit) && matcher.find()) found.push(matcher.group() ?? '');
      return found;
    },
  };
  if (known.size >= maxKnown) known.clear();
  known.set(source, pattern);
  return pattern;
}

/** {@link compilePattern} for expressions: wrong patterns are errors of theirs. */
export function patternIn(source: string): Pattern {
  try {
    return compilePattern(source);
  } catch (error) {
    throw new Error(error instanceof Error ? error.message : String(error));
  }
}
