import { describe, expect, it } from 'vitest';
import {
  humanDuration,
  normalizeMicroTime,
  normalizeTime,
  parseTime,
  rfc3339,
  rfc3339Micro,
} from './time.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('humanDuration', () => {
  it.each([
    [-2 * second, '<invalid>'],
    [-1 * second, '0s'],
    [0, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [2 * minute + 5 * second, '2m5s'],
    [10 * minute + 5 * second, '10m'],
    [3 * hour - second, '179m'],
    [3 * hour, '3h'],
    [3 * hour + 5 * minute, '3h5m'],
    [8 * hour + 5 * minute, '8h'],
    [47 * hour, '47h'],
    [2 * day, '2d'],
    [3 * day + 4 * hour, '3d4h'],
    [8 * day + 4 * hour, '8d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [745 * day, '2y15d'],
    [8 * 365 * day + 3 * day, '8y'],
  ])('%d ms is %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });
});

describe('times', () => {
  it('writes seconds and microseconds in UTC', () => {
    const ms = Date.UTC(2026, 0, 31, 12, 0, 0, 123);
    expect(rfc3339(ms)).toBe('2026-01-31T12:00:00Z');
    expect(rfc3339Micro(ms)).toBe('2026-01-31T12:00:00.123000Z');
  });

  it.each([
    ['2024-02-29T23:59:59Z', Date.UTC(2024, 1, 29, 23, 59, 59)],
    ['2024-01-01T00:00:00+02:00', Date.UTC(2023, 11, 31, 22)],
    ['2024-01-01T00:00:00.123456789-01:30', Date.UTC(2024, 0, 1, 1, 30, 0, 123)],
    ['0001-01-01T00:00:00Z', -62135596800000],
  ])('reads %s', (text, ms) => {
    expect(parseTime(text)).toBe(ms);
  });

  it.each([
    '',
    'now',
    '2024-01-01',
    '2023-02-29T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:00:60Z',
    '2024-01-01 00:00:00Z',
    '2024-01-01T00:00:00',
  ])('refuses %j', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  it('brings times into the form the API stores', () => {
    expect(normalizeTime('2024-01-01T00:00:00.9+02:00')).toBe('2023-12-31T22:00:00Z');
    expect(normalizeTime('2024-01-01T00:00:00Z')).toBe('2024-01-01T00:00:00Z');
    expect(normalizeTime('2024-99-01T00:00:00Z')).toBeUndefined();
    expect(normalizeMicroTime('2024-01-01T00:00:00.1234567Z')).toBe('2024-01-01T00:00:00.123456Z');
    expect(normalizeMicroTime('2024-01-01T00:00:00Z')).toBe('2024-01-01T00:00:00.000000Z');
  });
});
