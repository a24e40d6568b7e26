/**
 * Names under which the environment has functions in place of the library's, which take too little (`has` of plain
 * names alone), too long (`matches` by JavaScript's engine) or too much (`lowerAscii` of what is not ASCII). As long as those they stand for: positions stay right.
 */
export const ownHas = '_h_';
export const ownMatches = '_match_';
export const ownLower = '_lower_as_';
export const ownUpper = '_upper_as_';

const literalsOrNames =
  /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?<![\w.])has(?=\s*\()|(?<=\.\s*)(?:matches|lowerAscii|upperAscii)(?=\s*\()/g;

const ownNames: ReadonlyMap<string, string> = new Map([
  ['has', ownHas],
  ['matches', ownMatches],
  ['lowerAscii', ownLower],
  ['upperAscii', ownUpper],
]);

/** The expression with the names of our own functions. */
export function withOwnNames(expression: string): string {
  return expression.replace(literalsOrNames, (found) => ownNames.get(found) ?? found);
}

/** A text about an expression, with the names people know. */
export function withoutOwnNames(text: string): string {
  let shown = text;
  for (const [name, own] of ownNames) shown = shown.replaceAll(own, name);
  return shown;
}
