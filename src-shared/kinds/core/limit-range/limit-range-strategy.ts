import { duplicate, forbidden, invalid, required } from '../../../api/field-errors.ts';
import { qualifiedNameErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import {
  canonicalQuantity,
  compareQuantity,
  parseQuantity,
  quantityToNumber,
} from '../../../lib/quantity.ts';
import type { Unchecked, UncheckedDraft } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import { invalidEach } from '../../validation.ts';
import type { LimitRange } from '../../wire.ts';
import {
  checkContainerResourceName,
  checkResourceName,
  isOvercommitAllowed,
} from '../pod/resource-validation.ts';

type Item = NonNullable<LimitRange['spec']>['limits'][number];
type ReadonlyItem = Unchecked<Item>;

const amountFields = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
type AmountField = (typeof amountFields)[number];

export const limitRangeStrategy: Strategy<LimitRange> = {
  defaults({ spec }) {
    for (const item of spec?.limits ?? []) if (item.type === 'Container') defaultItem(item);
  },
  validate({ spec }) {
    const seen = new Set<string>();
    return (spec?.limits ?? []).flatMap((item, index) => {
      const at = `spec.limits[${index}]`;
      const { type = '' } = item;
      const errors = checkType(`${at}.type`, type);
      if (seen.has(type)) errors.push(duplicate(`${at}.type`, type));
      seen.add(type);
      return [...errors, ...checkNames(at, item), ...checkAmounts(at, item)];
    });
  },
};

/** The default limit is the maximum; the default request is the default limit, or the minimum. */
function defaultItem(item: UncheckedDraft<Item>): void {
  item.default = { ...item.max, ...item.default };
  item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
}

function checkType(field: string, type: string): FieldError[] {
  const errors = invalidEach(field, type, qualifiedNameErrors(type));
  if (errors.length > 0 || type.includes('/')) return errors;
  if (['Pod', 'Container', 'PersistentVolumeClaim'].includes(type)) return [];
  return [invalid(field, type, 'must be a standard limit type or fully qualified')];
}

function checkNames(at: string, item: ReadonlyItem): FieldError[] {
  const check =
    item.type === 'Pod' || item.type === 'Container' ? checkContainerResourceName : checkResourceName;
  const names = (key: AmountField) =>
    Object.keys(item[key] ?? {}).flatMap((name) => check(`${at}.${key}[${name}]`, name));
  const errors = [...names('max'), ...names('min')];
  if (item.type === 'Pod') {
    const refused = (['default', 'defaultRequest'] as const).filter(
      (key) => Object.keys(item[key] ?? {}).length > 0,
    );
    const text = "may not be specified when `type` is 'Pod'";
    errors.push(...refused.map((key) => forbidden(`${at}.${key}`, text)));
  } else errors.push(...names('default'), ...names('defaultRequest'));
  const bounded = item.min?.storage !== undefined || item.max?.storage !== undefined;
  if (item.type === 'PersistentVolumeClaim' && !bounded) {
    const text = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(required(`${at}.limits`, text));
  }
  return [...errors, ...names('maxLimitRequestRatio')];
}

function checkAmounts(at: string, item: ReadonlyItem): FieldError[] {
  const fields = amountFields.filter((key) => item.type !== 'Pod' || !key.startsWith('default'));
  const names = new Set(fields.flatMap((key) => Object.keys(item[key] ?? {})));
  return [...names].flatMap((name) => {
    const amounts = new Map(
      fields.flatMap((key) => {
        const text = item[key]?.[name];
        return text !== undefined && parseQuantity(text) ? [[key, canonicalQuantity(text)] as const] : [];
      }),
    );
    return [
      ...checkOrder(at, name, amounts),
      ...checkRatio(`${at}.maxLimitRequestRatio[${name}]`, amounts),
      ...checkEqual(at, name, amounts),
    ];
  });
}

type Amounts = ReadonlyMap<AmountField, string>;

interface Order {
  readonly less: AmountField;
  readonly more: AmountField;
  /** Which of the two the error is about, and which of them it shows. */
  readonly field: AmountField;
  readonly shown: AmountField;
  readonly says: (less: string, more: string) => string;
}

const orders: readonly Order[] = [
  {
    less: 'min',
    more: 'max',
    field: 'min',
    shown: 'min',
    says: (min, max) => `min value ${min} is greater than max value ${max}`,
  },
  {
    less: 'min',
    more: 'defaultRequest',
    field: 'defaultRequest',
    shown: 'defaultRequest',
    says: (min, request) => `min value ${min} is greater than default request value ${request}`,
  },
  {
    less: 'defaultRequest',
    more: 'max',
    field: 'defaultRequest',
    shown: 'defaultRequest',
    says: (request, max) => `default request value ${request} is greater than max value ${max}`,
  },
  {
    less: 'defaultRequest',
    more: 'default',
    field: 'defaultRequest',
    shown: 'defaultRequest',
    says: (request, limit) => `default request value ${request} is greater than default limit value ${limit}`,
  },
  {
    less: 'min',
    more: 'default',
    field: 'default',
    shown: 'min',
    says: (min, limit) => `min value ${min} is greater than default value ${limit}`,
  },
  {
    less: 'default',
    more: 'max',
    field: 'default',
    shown: 'max',
    says: (limit, max) => `default value ${limit} is greater than max value ${max}`,
  },
];

function checkOrder(at: string, name: string, amounts: Amounts): FieldError[] {
  return orders.flatMap(({ less, more, field, shown, says }) => {
    const small = amounts.get(less);
    const large = amounts.get(more);
    if (small === undefined || large === undefined || compareQuantity(small, large) <= 0) return [];
    return [invalid(`${at}.${field}[${name}]`, amounts.get(shown), says(small, large))];
  });
}

function checkRatio(field: string, amounts: Amounts): FieldError[] {
  const ratio = amounts.get('maxLimitRequestRatio');
  if (ratio === undefined) return [];
  const errors =
    compareQuantity(ratio, '1') < 0 ? [invalid(field, ratio, `ratio ${ratio} is less than 1`)] : [];
  const min = amounts.get('min');
  const max = amounts.get('max');
  if (min === undefined || max === undefined) return errors;
  const most = quantityToNumber(max) / quantityToNumber(min);
  if (quantityToNumber(ratio) <= most) return errors;
  return [...errors, invalid(field, ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`)];
}

/** What cannot be overcommitted is requested exactly as it is limited. */
function checkEqual(at: string, name: string, amounts: Amounts): FieldError[] {
  const limit = amounts.get('default');
  const request = amounts.get('defaultRequest');
  if (limit === undefined || request === undefined || isOvercommitAllowed(name)) return [];
  if (compareQuantity(limit, request) === 0) return [];
  const text = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
  return [invalid(`${at}.defaultRequest[${name}]`, request, text)];
}
