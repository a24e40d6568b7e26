/** Sets of a job's indexes as text: `1,3-5,7`. */

interface Interval {
  readonly first: number;
  readonly last: number;
}

type Parsed<T> = { readonly value: T } | { readonly error: string };

/** How many indexes the text names, all below `completions`, in increasing order; or why it names none. */
export function countIndexes(text: string, completions: number): Parsed<number> {
  if (text === '') return { value: 0 };
  let total = 0;
  let previous: number | undefined;
  for (const part of text.split(',')) {
    const interval = parseInterval(part, completions);
    if ('error' in interval) return interval;
    const { first, last } = interval.value;
    if (previous !== undefined && previous >= first) return notIncreasing(previous, first);
    total += last - first + 1;
    previous = last;
  }
  return { value: total };
}

function notIncreasing(previous: number, current: number): { readonly error: string } {
  return { error: `non-increasing order, previous: ${previous}, current: ${current}` };
}

function parseInterval(text: string, completions: number): Parsed<Interval> {
  const limits = text.split('-');
  if (limits.length > 2) {
    const fragment = JSON.stringify(text);
    return {
      error: `the fragment ${fragment} violates the requirement that an index interval can have at most two parts separated by '-'`,
    };
  }
  const numbers: number[] = [];
  for (const limit of limits) {
    if (!/^\+?\d+$/.test(limit)) {
      return { error: `cannot convert string to integer for index: ${JSON.stringify(limit)}` };
    }
    const number = Number(limit);
    if (number >= completions) return { error: `too large index: ${JSON.stringify(limit)}` };
    numbers.push(number);
  }
  const [first = 0, last] = numbers;
  if (last === undefined) return { value: { first, last: first } };
  return first >= last ? notIncreasing(first, last) : { value: { first, last } };
}

/** The lowest index that both texts name; malformed parts count for nothing. Both texts are in increasing order. */
export function firstCommonIndex(a: string, b: string, completions: number): number | undefined {
  const left = intervalsOf(a, completions);
  const right = intervalsOf(b, completions);
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const one = left[i];
    const other = right[j];
    if (!one || !other) return undefined;
    if (one.first <= other.last && other.first <= one.last) return Math.max(one.first, other.first);
    if (one.first <= other.first) i++;
    else j++;
  }
  return undefined;
}

function intervalsOf(text: string, completions: number): Interval[] {
  if (text === '') return [];
  return text.split(',').flatMap((part) => {
    const parsed = parseInterval(part, completions);
    return 'value' in parsed ? [parsed.value] : [];
  });
}
