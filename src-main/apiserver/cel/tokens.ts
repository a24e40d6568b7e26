/** What a part of an expression is, as far as those need to know who rewrite it before it is parsed. */
export type TokenKind = 'blank' | 'word' | 'literal' | 'sign';

export interface Token {
  readonly kind: TokenKind;
  readonly end: number;
}

const wordOrBlank = /([A-Za-z_]\w*)|(\s+|\/\/[^\n]*)|\d\w*/y;
const prefix = /^(?:r|b|br|rb)$/i;

/** The token that begins at a place: comments are blanks, texts with their prefix literals. All of them take linear time. */
export function tokenAt(text: string, at: number): Token {
  if (isQuote(text[at])) return { kind: 'literal', end: endOfText(text, at, false) };
  wordOrBlank.lastIndex = at;
  const match = wordOrBlank.exec(text);
  if (!match) return { kind: 'sign', end: at + 1 };
  const [found, word, blank] = match;
  const end = at + found.length;
  if (blank !== undefined) return { kind: 'blank', end };
  if (word === undefined) return { kind: 'literal', end };
  if (prefix.test(word) && isQuote(text[end]))
    return { kind: 'literal', end: endOfText(text, end, /r/i.test(word)) };
  return { kind: 'word', end };
}

/** Whether a variable of that name stands in an expression. */
export function mentions(text: string, variable: string): boolean {
  let isMember = false;
  for (let at = 0; at < text.length; ) {
    const { kind, end } = tokenAt(text, at);
    if (kind === 'word' && !isMember && text.slice(at, end) === variable) return true;
    if (kind !== 'blank') isMember = kind === 'sign' && text[at] === '.';
    at = end;
  }
  return false;
}

function isQuote(char: string | undefined): boolean {
  return char === '"' || char === "'";
}

/** Where a text that begins with a quote ends: behind everything, if nowhere. */
function endOfText(text: string, start: number, isRaw: boolean): number {
  const quote = text[start] ?? '';
  const closing = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  for (let at = start + closing.length; at < text.length; at++) {
    if (text[at] === '\\' && !isRaw) at++;
    else if (text.startsWith(closing, at)) return at + closing.length;
  }
  return text.length;
}
