import { describe, expect, it } from 'vitest';
import { parseJsonText } from './json-text.ts';

describe('JSON of others', () => {
  it.each([
    ['a high half', '\\ud800', '\ufffd'],
    ['a low half', 'a\\uDC00b', 'a\ufffdb'],
    ['halves the wrong way round', '\\udc00\\ud800', '\ufffd\ufffd'],
    ['a high half before a pair', '\\ud800\\ud83d\\ude00', '\ufffd😀'],
    ['a pair', '\\ud83d\\uDE00', '😀'],
    ['what looks like a half behind an escaped backslash', '\\\\ud800', '\\ud800'],
    ['a half behind an escaped backslash', '\\\\\\ud800', '\\\ufffd'],
    ['the neighbours of surrogates', '\\ud7ff\\ue000', '\ud7ff\ue000'],
  ])('reads %s as Go does', (_what, text, expected) => {
    expect(parseJsonText(`{"${text}":["${text}"]}`)).toEqual({ [expected]: [expected] });
  });

  it('says where it is malformed', () => {
    expect(() => parseJsonText('{"a":"\\ud800",}')).toThrow('position 14');
  });
});
