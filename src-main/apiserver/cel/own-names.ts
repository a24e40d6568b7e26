import { tokenAt } from './tokens.ts';

/**
 * Names under which the environment has functions in place of the library's, which take too little (`has` of plain
 * names alone), too long (`matches` by JavaScript's engine) or too much (`lowerAscii` of what is not ASCII). As long as those they stand for: positions stay right.
 */
export const ownHas = '_h_';
export const ownMatches = '_match_';
export const ownLower = '_lower_as_';
export const ownUpper = '_upper_as_';

const members: ReadonlyMap<string, string> = new Map([
  ['matches', ownMatches],
  ['lowerAscii', ownLower],
  ['upperAscii', ownUpper],
]);
const macros: ReadonlyMap<string, string> = new Map([['has', ownHas]]);
const anyOfThem = /has|matches|(?:lower|upper)Ascii/;

/** The expression with the names of our own functions. */
export function withOwnNames(expression: string): string {
  if (!anyOfThem.test(expression)) return expression;
  const parts: string[] = [];
  let copied = 0;
  let isMember = false;
  /** The word before, if it is one of those; whether it is called shows only now. */
  let named: { readonly start: number; readonly own: string } | undefined;
  for (let at = 0; at < expression.length; ) {
    const { kind, end } = tokenAt(expression, at);
    if (kind !== 'blank') {
      const text = kind === 'literal' ? '' : expression.slice(at, end);
      if (named && text === '(') {
        parts.push(expression.slice(copied, named.start), named.own);
        copied = named.start + named.own.length;
      }
      const own = kind === 'word' ? (isMember ? members : macros).get(text) : undefined;
      named = own === undefined ? undefined : { start: at, own };
      isMember = text === '.';
    }
    at = end;
  }
  return parts.join('') + expression.slice(copied);
}

/** A text about an expression, with the names people know. */
export function withoutOwnNames(text: string): string {
  let shown = text;
  for (const [name, own] of [...members, ...macros]) shown = shown.replaceAll(own, name);
  return shown;
}
