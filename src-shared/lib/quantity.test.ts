import { describe, expect, it } from 'vitest';
import {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  formatQuantity,
  parseQuantity,
  quantityToMilli,
  quantityToNumber,
  subtractQuantity,
} from './quantity.ts';

describe('canonicalQuantity', () => {
  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['0Mi', '0'],
    ['1', '1'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1.5', '1500m'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['5.', '5'],
    ['+7', '7'],
    ['-1500m', '-1500m'],
    ['1000', '1k'],
    ['1500', '1500'],
    ['1024', '1024'],
    ['1k', '1k'],
    ['1000k', '1M'],
    ['1000Mi', '1000Mi'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['0.1Ki', '102400m'],
    ['1.1Ki', '1127'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['12e5', '1200e3'],
    ['1e-3', '1e-3'],
    ['1E', '1E'],
    ['1n', '1n'],
    ['1u', '1u'],
    ['0.1n', '1n'],
    ['-0.1n', '-1n'],
    ['0.0000000001', '1n'],
    ['9223372036854775807', '9223372036854775807'],
    ['9223372036854775808', '9223372036854775807'],
    ['100E', '9223372036854775807'],
    ['1e999999999', '9223372036854775807'],
    ['1e-999999999', '1e-9'],
  ])('writes %s as %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it('is a fixed point', () => {
    for (const text of ['1127', '1536Mi', '500m', '1200e3', '8Ei', '1n'])
      expect(canonicalQuantity(canonicalQuantity(text))).toBe(canonicalQuantity(text));
  });
});

describe('parseQuantity', () => {
  it.each([
    '',
    '.',
    '-',
    '1 Gi',
    ' 1',
    '1gi',
    '1KB',
    '1mm',
    '1.2.3',
    '0x10',
    '1e',
    '1e1.5',
    'Infinity',
    'NaN',
    '１',
  ])('refuses %j', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });
});

describe('arithmetic', () => {
  it('compares across suffixes', () => {
    expect(compareQuantity('1Gi', '1024Mi')).toBe(0);
    expect(compareQuantity('1G', '1Gi')).toBeLessThan(0);
    expect(compareQuantity('1', '999m')).toBeGreaterThan(0);
  });

  it('adds exactly and keeps the first suffix family', () => {
    expect(formatQuantity(addQuantity('100m', '0.9'))).toBe('1');
    expect(formatQuantity(addQuantity('512Mi', '512Mi'))).toBe('1Gi');
    expect(formatQuantity(addQuantity('0', '1Gi'))).toBe('1Gi');
    expect(formatQuantity(subtractQuantity('1Gi', '512Mi'))).toBe('512Mi');
    expect(formatQuantity(addQuantity('0.1', '0.2'))).toBe('300m');
  });

  it('gives numbers, rounding thousandths up', () => {
    expect(quantityToNumber('250m')).toBe(0.25);
    expect(quantityToNumber('1Gi')).toBe(2 ** 30);
    expect(quantityToMilli('0.1')).toBe(100);
    expect(quantityToMilli('1u')).toBe(1);
    expect(quantityToMilli('-1500u')).toBe(-2);
  });

  it('throws for what is no quantity', () => {
    expect(() => quantityToNumber('lots')).toThrow(RangeError);
  });
});
