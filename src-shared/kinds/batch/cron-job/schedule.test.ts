import { describe, expect, it } from 'vitest';
import { isTimeZone, parseSchedule } from './schedule.ts';

const at = (text: string) => Date.parse(text);

function nextRuns(schedule: string, after: string, count: number, timeZone?: string): string[] {
  const parsed = parseSchedule(schedule, timeZone);
  if ('error' in parsed) throw new Error(parsed.error);
  const runs: string[] = [];
  for (let ms = at(after); runs.length < count; ) {
    const next = parsed.schedule.next(ms);
    if (next === undefined) break;
    runs.push(new Date(next).toISOString().replace('.000Z', 'Z'));
    ms = next;
  }
  return runs;
}

describe('a schedule', () => {
  it.each<[string, string]>([
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['* * * * * *', 'expected exactly 5 fields, found 6: [* * * * * *]'],
    ['', 'empty spec string'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['* * * * 7', 'end of range (7) above maximum (6): 7'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['*/2/3 * * * *', 'too many slashes: */2/3'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['* * L * *', 'failed to parse int from L: strconv.Atoi: parsing "L": invalid syntax'],
    ['@often', 'unrecognized descriptor: @often'],
    ['@every soon', 'failed to parse duration @every soon: time: invalid duration "soon"'],
    ['@every 5', 'failed to parse duration @every 5: time: missing unit in duration "5"'],
    ['TZ=Mars/Base * * * * *', 'provided bad location Mars/Base: unknown time zone Mars/Base'],
  ])('%j is refused', (text, error) => {
    expect(parseSchedule(text)).toEqual({ error });
  });

  it.each<[string, string, string[]]>([
    ['*/20 * * * *', '2026-01-01T00:05:00Z', ['2026-01-01T00:20:00Z', '2026-01-01T00:40:00Z']],
    ['5/30 * * * *', '2026-01-01T00:05:00Z', ['2026-01-01T00:35:00Z', '2026-01-01T01:05:00Z']],
    ['0 9 * JAN-mar mon,Fri', '2026-01-01T00:00:00Z', ['2026-01-02T09:00:00Z', '2026-01-05T09:00:00Z']],
    ['0 0 13 * 5', '2026-02-01T00:00:00Z', ['2026-02-06T00:00:00Z', '2026-02-13T00:00:00Z']],
    ['0 0 29 2 *', '2026-01-01T00:00:00Z', ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z']],
    ['0 0 ? * 1', '2026-01-01T00:00:00Z', ['2026-01-05T00:00:00Z', '2026-01-12T00:00:00Z']],
    ['@hourly', '2026-01-01T00:30:00Z', ['2026-01-01T01:00:00Z', '2026-01-01T02:00:00Z']],
    ['@weekly', '2026-01-01T00:30:00Z', ['2026-01-04T00:00:00Z', '2026-01-11T00:00:00Z']],
    ['@every 1h30m', '2026-01-01T00:00:00Z', ['2026-01-01T01:30:00Z', '2026-01-01T03:00:00Z']],
    ['TZ=Asia/Tokyo 0 9 * * *', '2026-01-01T00:00:00Z', ['2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z']],
  ])('%j comes due', (text, after, expected) => {
    expect(nextRuns(text, after, 2)).toEqual(expected);
  });

  it('that names no day that exists never comes due', () => {
    expect(nextRuns('0 0 30 2 *', '2026-01-01T00:00:00Z', 1)).toEqual([]);
  });

  it('follows the clocks of its time zone', () => {
    expect(nextRuns('0 9 * * *', '2026-03-28T00:00:00Z', 2, 'Europe/Berlin')).toEqual([
      '2026-03-28T08:00:00Z',
      '2026-03-29T07:00:00Z',
    ]);
  });
});

describe('a time zone', () => {
  it.each(['UTC', 'Europe/Berlin', 'Etc/GMT+5', 'America/Argentina/ComodRivadavia'])(
    '%s is known',
    (name) => {
      expect(isTimeZone(name)).toBe(true);
    },
  );

  it.each(['Mars/Base', 'utc', '+01:00', 'Europe/', ''])('%j is not', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});
