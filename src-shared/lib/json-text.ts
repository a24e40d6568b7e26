const surrogateEscape = /\\u[dD][89a-fA-F]/;
/** One escape of a string: both halves of a pair, one half alone, or anything else. */
const anyEscape =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|.)/gs;

/**
 * JSON.parse for texts of others. Half a surrogate pair, which JSON can escape and UTF-8 cannot say, becomes U+FFFD as in
 * Go: a name with one could be stored and never asked for.
 */
export function parseJsonText(text: string): unknown {
  return JSON.parse(surrogateEscape.test(text) ? withoutHalfPairs(text) : text);
}

/** As long as before: positions in complaints stay true. */
function withoutHalfPairs(text: string): string {
  return text.replace(anyEscape, (whole, half?: string) => (half === undefined ? whole : '\\ufffd'));
}
