import { duplicate, forbidden, invalid, required, tooMany } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import { canonicalQuantity, parseQuantity } from '../../../lib/quantity.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { ResourceSlice } from '../../wire.ts';

type Device = NonNullable<NonNullable<Unchecked<ResourceSlice>['spec']>['devices']>[number];
type Capacity = NonNullable<Device['capacity']>[string];
type Policy = NonNullable<Capacity['requestPolicy']>;
type Range = NonNullable<Policy['validRange']>;

const maxOptions = 10;

/** A capacity of a device, of which claims may ask for a part if several may share it. */
export function checkCapacity(
  field: string,
  { value, requestPolicy: policy }: Capacity,
  isShared: boolean,
): FieldError[] {
  const at = `${field}.requestPolicy`;
  if (!policy) return [];
  if (!isShared) return [forbidden(at, 'allowMultipleAllocations must be true')];
  const { validValues = [], validRange } = policy;
  if (validValues.length > 0 && validRange) {
    const text =
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [forbidden(at, text)];
  }
  if (validValues.length > 0) {
    if (policy.default === undefined)
      return [required(`${at}.default`, 'required when validValues is defined')];
    return checkValues(`${at}.validValues`, validValues, { preset: policy.default, whole: value ?? '0' });
  }
  if (!validRange) return [];
  if (policy.default === undefined) return [required(`${at}.default`, 'required when validRange is defined')];
  return checkRange(`${at}.validRange`, validRange, { preset: policy.default, whole: value ?? '0' });
}

/** What a request is for when it says nothing, and how much there is. */
interface Bounds {
  readonly preset: string;
  readonly whole: string;
}

function nanosOf(text: string): bigint {
  return parseQuantity(text)?.nanos ?? 0n;
}

function checkValues(field: string, values: readonly string[], { preset, whole }: Bounds): FieldError[] {
  const unsorted = values.flatMap((value, index) => {
    const before = values[index - 1];
    return before !== undefined && nanosOf(before) > nanosOf(value)
      ? [invalid(`${field}[${index}]`, canonicalQuantity(value), 'values must be sorted in ascending order')]
      : [];
  });
  if (values.length > maxOptions) return [...unsorted, tooMany(field, values.length, maxOptions)];
  const large = values.flatMap((value, index) =>
    nanosOf(value) > nanosOf(whole)
      ? [
          invalid(
            `${field}[${index}]`,
            canonicalQuantity(value),
            `option is larger than capacity value: ${canonicalQuantity(whole)}`,
          ),
        ]
      : [],
  );
  const repeated = values.flatMap((value, index) => {
    const first = values.findIndex((other) => nanosOf(other) === nanosOf(value));
    return first < index ? [duplicate(`${field}[${index}]`, `${nanosOf(value) / 1_000_000_000n}`)] : [];
  });
  const hasPreset = values.some((value) => nanosOf(value) === nanosOf(preset));
  const text = 'default value is not valid according to the requestPolicy';
  return [
    ...unsorted,
    ...large,
    ...repeated,
    ...(hasPreset ? [] : [invalid(field, canonicalQuantity(preset), text)]),
  ];
}

function checkRange(field: string, { min, max, step }: Range, { preset, whole }: Bounds): FieldError[] {
  if (min === undefined) return [required(`${field}.min`, 'required when validRange is defined')];
  const errors: FieldError[] = [];
  const say = (key: 'min' | 'max' | 'step', value: string, text: string) =>
    errors.push(invalid(`${field}.${key}`, canonicalQuantity(value), text));
  const [low, large, wanted] = [nanosOf(min), nanosOf(whole), nanosOf(preset)];
  const capacity = `larger than capacity value: ${canonicalQuantity(whole)}`;
  if (low > large) say('min', min, `min is ${capacity}`);
  if (wanted < low) say('min', preset, `default is less than min: ${canonicalQuantity(min)}`);
  if (max !== undefined) {
    const high = nanosOf(max);
    if (low > high) say('max', min, `min is larger than max: ${canonicalQuantity(max)}`);
    if (high > large) say('max', max, `max is ${capacity}`);
    if (wanted > high) say('max', preset, `default is more than max: ${canonicalQuantity(max)}`);
  }
  if (step === undefined) return errors;
  const size = nanosOf(step);
  if (low + size > large) say('step', step, `one step ${sumText(min, step)} is ${capacity}`);
  const text = `value is not a multiple of a given step (${canonicalQuantity(step)}) from (${canonicalQuantity(min)})`;
  for (const value of max === undefined ? [preset] : [preset, max]) {
    if (size > 0n && (nanosOf(value) - low) % size !== 0n) say('step', value, text);
  }
  return errors;
}

function sumText(a: string, b: string): string {
  const sum = nanosOf(a) + nanosOf(b);
  return canonicalQuantity(`${sum / 1_000_000n}m`);
}
