/**
 * Names under which the environment has functions in place of the library's, which take too little (`has` of plain
 * names alone) or too long (`matches` by JavaScript's engine). As long as those they stand for: positions stay right.
 */
export const ownHas = '_h_';
export const ownMatches = '_match_';

const literalsOrNames =
  /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?<![\w.])has(?=\s*\()|(?<=\.\s*)matches(?=\s*\()/g;

/** The expression with the names of our own functions. */
export function withOwnNames(expression: string): string {
  return expression.replace(literalsOrNames, (found) =>
    found === 'has' ? ownHas : found === 'matches' ? ownMatches : found,
  );
}

/** A text about an expression, with the names people know. */
export function withoutOwnNames(text: string): string {
  return text.replaceAll(ownHas, 'has').replaceAll(ownMatches, 'matches');
}
