import { describe, expect, it } from 'vitest';
import { base64Length, decodeBase64, encodeBase64 } from './base64.ts';

describe('base64', () => {
  it.each(['', 'a', 'ab', 'abc', 'über', '日本語', '😀'])('of %j comes back', (text) => {
    const encoded = encodeBase64(text);
    expect(encoded).toBe(Buffer.from(text).toString('base64'));
    expect(new TextDecoder().decode(decodeBase64(encoded))).toBe(text);
    expect(base64Length(encoded)).toBe(Buffer.byteLength(text));
  });

  it('is refused when malformed', () => {
    expect(decodeBase64('a!')).toBeUndefined();
  });
});
