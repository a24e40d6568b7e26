import { expect, test } from 'vitest';
import { formatBytes, formatCores, formatDuration, plural } from './format.ts';

test('durations of steps', () => {
  expect([0, 412, 12_340, 60_000, 125_000].map(formatDuration)).toEqual([
    '0.0 s',
    '0.4 s',
    '12.3 s',
    '1 min',
    '2 min 5 s',
  ]);
});

test('sizes in binary units', () => {
  expect([0, 512, 1536, 1024 ** 3, 7.7 * 1024 ** 3].map(formatBytes)).toEqual([
    '0 B',
    '512 B',
    '1.5 KiB',
    '1 GiB',
    '7.7 GiB',
  ]);
});

test('cores and counts', () => {
  expect([0, 0.0001, 0.0034, 0.25, 1, 12.4].map(formatCores)).toEqual(['0', '1m', '3m', '0.25', '1', '12']);
  expect([plural(1, 'pod'), plural(2, 'pod'), plural(12_000, 'pod')]).toEqual([
    '1 pod',
    '2 pods',
    '12,000 pods',
  ]);
});
