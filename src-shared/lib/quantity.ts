/**
 * Kubernetes' fixed-point numbers: `100m`, `1.5`, `512Mi`, `2e3`. Exact: billionths, as big integers.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */

import { remembering } from './remember.ts';

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Quantity {
  /** The value in billionths; magnitude at most (2^63 - 1) * 10^9. */
  readonly nanos: bigint;
  /** The family of suffixes the number is written with. */
  readonly format: QuantityFormat;
}

/** A quantity or the text of one. */
export type QuantityLike = string | Quantity;

/** What the API says of text that is no quantity. */
export const quantityFormatMessage =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const billion = 1_000_000_000n;
const maxNanos = (2n ** 63n - 1n) * billion;

const decimalSuffixes: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimalSuffixOf = new Map(Object.entries(decimalSuffixes).map(([suffix, power]) => [power, suffix]));

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+|[A-Za-z]*)$/;

/** Undefined when `text` is no quantity. Rounded up (away from zero) to billionths, capped at 2^63 - 1. */
export function parseQuantity(text: string): Quantity | undefined {
  return parsed(text).quantity;
}

const parsed = remembering((text) => ({ quantity: parse(text) }));

function parse(text: string): Quantity | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const scale = scaleOf(suffix);
  if (!scale) return undefined;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const magnitude = digits === '' ? 0n : scaled(digits, scale, fraction.length);
  return { nanos: sign === '-' ? -magnitude : magnitude, format: scale.format };
}

interface Scale {
  readonly format: QuantityFormat;
  /** The number is multiplied by 10^power10 * 2^power2. */
  readonly power10: number;
  readonly power2: number;
}

function scaleOf(suffix: string): Scale | undefined {
  if (Object.hasOwn(decimalSuffixes, suffix)) {
    return { format: 'DecimalSI', power10: decimalSuffixes[suffix] ?? 0, power2: 0 };
  }
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return { format: 'BinarySI', power10: 0, power2: 10 * binary };
  if (/^[eE][+-]?\d+$/.test(suffix)) {
    return { format: 'DecimalExponent', power10: Number(suffix.slice(1)), power2: 0 };
  }
  return undefined;
}

function scaled(digits: string, scale: Scale, fractionDigits: number): bigint {
  const power10 = scale.power10 - fractionDigits + 9;
  if (digits.length + power10 > 40) return maxNanos;
  if (digits.length + power10 < -40) return 1n;
  const mantissa = BigInt(digits) << BigInt(scale.power2);
  const nanos =
    power10 >= 0 ? mantissa * 10n ** BigInt(power10) : ceilDivide(mantissa, 10n ** BigInt(-power10));
  return nanos > maxNanos ? maxNanos : nanos;
}

function ceilDivide(magnitude: bigint, divisor: bigint): bigint {
  return (magnitude + divisor - 1n) / divisor;
}

/** Divides rounding away from zero. */
function roundUp(value: bigint, divisor: bigint): bigint {
  return value < 0n ? -ceilDivide(-value, divisor) : ceilDivide(value, divisor);
}

function toQuantity(value: QuantityLike): Quantity {
  if (typeof value !== 'string') return value;
  const quantity = parseQuantity(value);
  if (!quantity) throw new RangeError(`not a quantity: ${JSON.stringify(value)}`);
  return quantity;
}

/** As a plain number, possibly with a fraction: `250m` is 0.25. Throws RangeError for what is no quantity. */
export function quantityToNumber(value: QuantityLike): number {
  const { nanos } = toQuantity(value);
  return nanos % billion === 0n ? Number(nanos / billion) : Number(nanos) / 1e9;
}

/** In thousandths, rounded up: `0.1` is 100, `1u` is 1. Throws RangeError for what is no quantity. */
export function quantityToMilli(value: QuantityLike): number {
  return Number(roundUp(toQuantity(value).nanos, 1_000_000n));
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareQuantity(a: QuantityLike, b: QuantityLike): number {
  const left = toQuantity(a).nanos;
  const right = toQuantity(b).nanos;
  return left < right ? -1 : left > right ? 1 : 0;
}

function combine(a: Quantity, b: Quantity, nanos: bigint): Quantity {
  const capped = nanos > maxNanos ? maxNanos : nanos < -maxNanos ? -maxNanos : nanos;
  return { nanos: capped, format: a.nanos === 0n ? b.format : a.format };
}

/** The sum, written in `a`'s family of suffixes (in `b`'s when `a` is zero). */
export function addQuantity(a: QuantityLike, b: QuantityLike): Quantity {
  const left = toQuantity(a);
  const right = toQuantity(b);
  return combine(left, right, left.nanos + right.nanos);
}

/** The difference, written in `a`'s family of suffixes (in `b`'s when `a` is zero). */
export function subtractQuantity(a: QuantityLike, b: QuantityLike): Quantity {
  const left = toQuantity(a);
  const right = toQuantity(b);
  return combine(left, right, left.nanos - right.nanos);
}

/** Canonical text: no fraction, the largest suffix that loses nothing; binary suffixes only from 1024 up. */
export function formatQuantity(quantity: Quantity): string {
  const { nanos, format } = quantity;
  if (nanos === 0n) return '0';
  const small = nanos > -1024n * billion && nanos < 1024n * billion;
  if (format === 'BinarySI' && !small) return formatBinary(roundUp(nanos, billion));
  let mantissa = nanos;
  let power = -9;
  while (power < 18 && mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    power += 3;
  }
  if (format === 'DecimalExponent') return power === 0 ? `${mantissa}` : `${mantissa}e${power}`;
  return `${mantissa}${decimalSuffixOf.get(power) ?? ''}`;
}

function formatBinary(value: bigint): string {
  let mantissa = value;
  let index = 0;
  while (index < binarySuffixes.length - 1 && mantissa % 1024n === 0n) {
    mantissa /= 1024n;
    index++;
  }
  return `${mantissa}${binarySuffixes[index]}`;
}

const canonicalTexts = new Map<string, string>();
const canonicalTextsLimit = 2048;

/**
 * The text the API server answers with: `1000m` becomes `1`, `1024Mi` becomes `1Gi`, `0.5` becomes `500m`.
 * Undefined for what is no quantity. Remembers recent answers, for the same few recur all the time.
 */
export function normalizeQuantity(text: string): string | undefined {
  const known = canonicalTexts.get(text);
  if (known !== undefined) return known;
  const quantity = parseQuantity(text);
  if (!quantity) return undefined;
  const canonical = formatQuantity(quantity);
  if (canonicalTexts.size >= canonicalTextsLimit) canonicalTexts.clear();
  if (text.length <= 32) canonicalTexts.set(text, canonical);
  return canonical;
}

/** As {@link normalizeQuantity}, but throws RangeError for what is no quantity. */
export function canonicalQuantity(text: string): string {
  return normalizeQuantity(text) ?? formatQuantity(toQuantity(text));
}
