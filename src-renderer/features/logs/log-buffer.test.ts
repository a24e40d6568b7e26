import { describe, expect, test } from 'vitest';
import { LineSplitter, LogBuffer, readableText, splitTimestamp } from './log-buffer.ts';
import { filterLines, matchingLines, occurrences, toText } from './log-search.ts';

const line = (text: string, source = 0, time = '') => ({ text, source, time });
const bytes = (text: string) => new TextEncoder().encode(text);

describe('the buffer', () => {
  test('keeps the last lines and counts what it dropped', () => {
    const buffer = new LogBuffer(3);
    buffer.add(['a', 'b'].map((text) => line(text)));
    buffer.add(['c', 'd', 'e'].map((text) => line(text)));
    expect(buffer.lines.map(({ id, text }) => [id, text])).toEqual([
      [3, 'c'],
      [4, 'd'],
      [5, 'e'],
    ]);
    expect(buffer.dropped).toBe(2);
  });

  test('few long lines take the place of many short ones', () => {
    const buffer = new LogBuffer(10, 25);
    buffer.add([line('a'.repeat(10)), line('b'.repeat(10))]);
    buffer.add([line('c'.repeat(10))]);
    expect([buffer.lines.map(({ id }) => id), buffer.dropped]).toEqual([[2, 3], 1]);
    buffer.add([line('d'.repeat(30))]);
    expect([buffer.lines, buffer.dropped]).toEqual([[], 4]);
    buffer.add([line('e')]);
    expect(buffer.lines.map(({ id }) => id)).toEqual([5]);
  });

  test('lines that arrive together are merged by time, those without one stay behind their predecessor', () => {
    const buffer = new LogBuffer(10);
    buffer.add([
      line('a1', 0, '2026-01-01T00:00:01Z'),
      line('  at x'),
      line('a3', 0, '2026-01-01T00:00:03Z'),
      line('b2', 1, '2026-01-01T00:00:02Z'),
    ]);
    expect(buffer.lines.map((item) => item.text)).toEqual(['a1', '  at x', 'b2', 'a3']);
  });

  test('lines that came before are not moved by late ones', () => {
    const buffer = new LogBuffer(10);
    buffer.add([line('late', 0, '2026-01-01T00:00:09Z')]);
    buffer.add([line('early', 1, '2026-01-01T00:00:01Z')]);
    expect(buffer.lines.map((item) => item.text)).toEqual(['late', 'early']);
  });

  test('clearing forgets lines but numbers go on', () => {
    const buffer = new LogBuffer(10);
    buffer.add([line('a')]);
    buffer.clear();
    buffer.add([line('b')]);
    expect(buffer.lines).toMatchObject([{ id: 2, text: 'b' }]);
  });
});

describe('lines from bytes', () => {
  test('chunks may cut lines and letters anywhere', () => {
    const splitter = new LineSplitter();
    const all = bytes('für\r\nzwei\nrest');
    const found: string[] = [];
    for (const byte of all) found.push(...splitter.push(Uint8Array.of(byte)));
    expect([...found, ...splitter.flush()]).toEqual(['für', 'zwei', 'rest']);
    expect(splitter.flush()).toEqual([]);
  });

  test('times are taken off; a line without one is all text', () => {
    expect(splitTimestamp('2026-01-01T00:00:00.123456789Z hello')).toEqual({
      time: '2026-01-01T00:00:00.123456789Z',
      text: 'hello',
    });
    expect(splitTimestamp('2026-01-01T00:00:00Z ')).toEqual({ time: '2026-01-01T00:00:00Z', text: '' });
    expect(splitTimestamp('2026 was fine')).toEqual({ time: '', text: '2026 was fine' });
  });

  test('a line without an end is told in pieces', () => {
    const splitter = new LineSplitter();
    const pieces: string[] = [];
    for (let round = 0; round < 10; round += 1)
      pieces.push(...splitter.push(bytes('x'.repeat(100_000))), ...(round === 9 ? splitter.flush() : []));
    expect(pieces.map(({ length }) => length)).toEqual([300_000, 300_000, 300_000, 100_000]);
  });

  test('terminal sequences vanish', () => {
    const e = String.fromCharCode(27);
    expect(readableText(`${e}[1;31mred${e}[0m ${e}]0;title${String.fromCharCode(7)}plain`)).toBe('red plain');
  });

  test('a line written over shows what was written last, other control characters their symbols', () => {
    expect(readableText('10 %\r55 %\r100 %')).toBe('100 %');
    expect(readableText('done\r')).toBe('done␍');
    expect(readableText('a\tb\0c\bd\u007f')).toBe('a\tb␀c␈d␡');
  });
});

describe('searching', () => {
  const lines = [line('GET /a'), line('POST /b', 1), line('get /c')].map((item, id) => ({ ...item, id }));

  test('finds every occurrence, ignoring case', () => {
    expect(matchingLines(lines, 'get')).toEqual([0, 2]);
    expect(occurrences('aXbxA', 'x')).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(occurrences('abc', '')).toEqual([]);
    expect(occurrences('İ (a.b) [a', '(A.')).toEqual([[2, 5]]);
    expect(occurrences('x'.repeat(100_000), 'x')).toHaveLength(500);
  });

  test('filters by source and by text', () => {
    expect(filterLines(lines, { hidden: new Set([1]), text: '' }).map((item) => item.id)).toEqual([0, 2]);
    expect(filterLines(lines, { hidden: new Set(), text: 'post' }).map((item) => item.id)).toEqual([1]);
    expect(filterLines(lines, { hidden: new Set(), text: '' })).toBe(lines);
  });

  test('the download names sources only where there are several', () => {
    expect(toText(lines.slice(0, 1), ['app'], false)).toBe('GET /a\n');
    expect(toText(lines.slice(0, 2), ['app', 'db'], false)).toBe('[app] GET /a\n[db] POST /b\n');
  });
});
