/**
 * Text of others (names of images, output of tools, what containers write) made safe to show on a terminal or in a
 * window: characters that would be obeyed rather than shown (escape sequences, bells, what turns the direction of
 * writing round) are spelled out, and what is very long is cut.
 */
const obeyed = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;
const maxLineLength = 4096;

/** On one line: line breaks and tabs are spelled out too. */
export function printableLine(text: string, maxLength = maxLineLength): string {
  return cut(text, maxLength).replace(obeyed, spelledOut);
}

/** Line breaks and tabs stay; every line is cut by itself. */
export function printableText(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) =>
      cut(line, maxLineLength).replace(obeyed, (character) =>
        character === '\t' ? '\t' : spelledOut(character),
      ),
    )
    .join('\n');
}

/** Before anything is spelled out, so that no spelling is cut in two. */
function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength)}… (${text.length - maxLength} more)`;
}

const usual: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function spelledOut(character: string): string {
  const code = character.charCodeAt(0);
  const hex = code.toString(16);
  return usual[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`);
}
