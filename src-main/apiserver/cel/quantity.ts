import type { Environment } from '@marcbachmann/cel-js';
import {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityToMilli,
  quantityToNumber,
  subtractQuantity,
} from '@shared/lib/quantity.ts';
import { register, registerOpaque } from './define.ts';

const name = 'kubernetes.Quantity';

class QuantityValue {
  readonly value: Quantity;

  constructor(value: Quantity) {
    this.value = value;
  }

  toString(): string {
    return canonicalQuantity(formatQuantity(this.value));
  }
}

function quantity(text: string): QuantityValue {
  const value = parseQuantity(text);
  if (!value)
    throw new Error(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  return new QuantityValue(value);
}

const ofInt = (value: bigint) => quantity(String(value));
const isWhole = ({ value }: QuantityValue) => quantityToMilli(value) % 1000 === 0;

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library */
export function quantityFunctions(environment: Environment): void {
  registerOpaque(environment, name, QuantityValue);
  register(environment, {
    [`quantity(string): ${name}`]: quantity,
    'isQuantity(string): bool': (text: string) => parseQuantity(text) !== undefined,
    [`${name}.isInteger(): bool`]: isWhole,
    [`${name}.asInteger(): int`]: (one: QuantityValue) => {
      if (!isWhole(one)) throw new Error('cannot convert value to integer');
      return BigInt(Math.round(quantityToNumber(one.value)));
    },
    [`${name}.asApproximateFloat(): double`]: (one: QuantityValue) => quantityToNumber(one.value),
    [`${name}.sign(): int`]: (one: QuantityValue) => BigInt(compareQuantity(one.value, '0')),
    [`${name}.add(${name}): ${name}`]: (a: QuantityValue, b: QuantityValue) =>
      new QuantityValue(addQuantity(a.value, b.value)),
    [`${name}.add(int): ${name}`]: (a: QuantityValue, b: bigint) =>
      new QuantityValue(addQuantity(a.value, ofInt(b).value)),
    [`${name}.sub(${name}): ${name}`]: (a: QuantityValue, b: QuantityValue) =>
      new QuantityValue(subtractQuantity(a.value, b.value)),
    [`${name}.sub(int): ${name}`]: (a: QuantityValue, b: bigint) =>
      new QuantityValue(subtractQuantity(a.value, ofInt(b).value)),
    [`${name}.isGreaterThan(${name}): bool`]: (a: QuantityValue, b: QuantityValue) =>
      compareQuantity(a.value, b.value) > 0,
    [`${name}.isLessThan(${name}): bool`]: (a: QuantityValue, b: QuantityValue) =>
      compareQuantity(a.value, b.value) < 0,
    [`${name}.compareTo(${name}): int`]: (a: QuantityValue, b: QuantityValue) =>
      BigInt(compareQuantity(a.value, b.value)),
    [`string(${name}): string`]: String,
  });
  environment.registerOperator(
    `${name} == ${name}`,
    (a: QuantityValue, b: QuantityValue) => compareQuantity(a.value, b.value) === 0,
  );
}
