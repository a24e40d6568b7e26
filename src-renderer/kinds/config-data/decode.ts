export type Decoded =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'binary'; readonly sizeBytes: number };

/** Base64 to text where the bytes are text; other bytes are not shown. */
export function decodeBase64(value: string): Decoded {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
  } catch (error) {
    if (error instanceof DOMException) return { type: 'text', text: value };
    throw error;
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary from text
    return /[\u0000-\u0008\u000e-\u001f]/.test(text)
      ? { type: 'binary', sizeBytes: bytes.length }
      : { type: 'text', text };
  } catch (error) {
    if (error instanceof TypeError) return { type: 'binary', sizeBytes: bytes.length };
    throw error;
  }
}
