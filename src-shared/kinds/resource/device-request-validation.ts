import { invalid, notSupported, required, tooLong } from '../../api/field-errors.ts';
import { labelValueErrors } from '../../api/names.ts';
import type { FieldError } from '../../api/status.ts';
import type { Unchecked, UncheckedDraft } from '../../lib/types.ts';
import { utf8Length } from '../../lib/utf8.ts';
import { checkDnsLabel, checkDnsSubdomain, checkQualifiedName, invalidEach } from '../validation.ts';
import type { ResourceClaim } from '../wire.ts';
import { checkItems, checkSet } from './list-validation.ts';

type Claim = NonNullable<ResourceClaim['spec']['devices']>;
type Request = Unchecked<NonNullable<Claim['requests']>[number]>;
type SubRequest = NonNullable<Request['firstAvailable']>[number];
type Wanted = Omit<SubRequest, 'name'>;
type Selector = NonNullable<Wanted['selectors']>[number];
type Toleration = NonNullable<Wanted['tolerations']>[number];

const maxRequests = 32;
const maxAlternatives = 8;
export const maxSelectors = 32;
const maxTolerations = 16;
export const maxExpressionBytes = 10 * 1024;
const effects = ['NoExecute', 'NoSchedule', 'None'];

/** One device unless told otherwise. */
export function setRequestDefaults(requests: UncheckedDraft<Request>[] | undefined): void {
  for (const request of requests ?? []) {
    const wanted = [...(request.exactly ? [request.exactly] : []), ...(request.firstAvailable ?? [])];
    for (const one of wanted) {
      one.allocationMode ||= 'ExactCount';
      if (one.allocationMode === 'ExactCount') one.count ||= 1;
      for (const toleration of one.tolerations ?? []) toleration.operator ||= 'Equal';
    }
  }
}

export function checkRequests(field: string, requests: readonly Request[]): FieldError[] {
  return checkSet(field, requests, { max: maxRequests, keyOf: ({ name = '' }) => name, check: checkRequest });
}

function checkRequest(field: string, { name, exactly, firstAvailable = [] }: Request): FieldError[] {
  const text = 'exactly one of `exactly` or `firstAvailable` is required';
  const errors = checkDnsLabel(`${field}.name`, name ?? '');
  if (exactly && firstAvailable.length > 0) {
    return [...errors, invalid(field, null, `${text}, but multiple fields are set`)];
  }
  if (exactly) return [...errors, ...checkWanted(`${field}.exactly`, exactly)];
  if (firstAvailable.length === 0) return [...errors, required(field, text)];
  const alternatives = checkSet(`${field}.firstAvailable`, firstAvailable, {
    max: maxAlternatives,
    keyOf: (request) => request.name ?? '',
    check: checkSubRequest,
  });
  return [...errors, ...alternatives];
}

function checkSubRequest(field: string, request: SubRequest): FieldError[] {
  return [...checkDnsLabel(`${field}.name`, request.name ?? ''), ...checkWanted(field, request)];
}

function checkWanted(field: string, wanted: Wanted): FieldError[] {
  const { deviceClassName, selectors = [], tolerations = [] } = wanted;
  const className = `${field}.deviceClassName`;
  return [
    ...(deviceClassName ? checkDnsSubdomain(className, deviceClassName) : [required(className)]),
    ...checkSelectors(`${field}.selectors`, selectors),
    ...checkMode(field, wanted),
    ...checkItems(`${field}.tolerations`, tolerations, maxTolerations, checkToleration),
  ];
}

function checkMode(field: string, { allocationMode: mode = '', count = 0 }: Wanted): FieldError[] {
  switch (mode) {
    case 'All':
      if (count === 0) return [];
      return [invalid(`${field}.count`, count, "must not be specified when allocationMode is 'All'")];
    case 'ExactCount':
      return count > 0 ? [] : [invalid(`${field}.count`, count, 'must be greater than zero')];
    default:
      return [notSupported(`${field}.allocationMode`, mode, ['All', 'ExactCount'])];
  }
}

/** Selectors of devices, by expressions. Whether they compile is checked elsewhere. */
export function checkSelectors(field: string, selectors: readonly Selector[]): FieldError[] {
  return checkItems(field, selectors, maxSelectors, (at, { cel }) => {
    if (!cel) return [required(`${at}.cel`)];
    const isLong = utf8Length(cel.expression ?? '') > maxExpressionBytes;
    return isLong ? [tooLong(`${at}.cel.expression`, maxExpressionBytes)] : [];
  });
}

function checkToleration(field: string, toleration: Toleration): FieldError[] {
  const { key = '', operator = '', value = '', effect = '' } = toleration;
  const errors = key === '' ? [] : checkQualifiedName(`${field}.key`, key);
  switch (operator) {
    case 'Exists':
      if (value !== '') {
        errors.push(invalid(`${field}.value`, value, 'must be empty for operator `Exists`'));
      }
      break;
    case 'Equal':
      errors.push(...invalidEach(`${field}.value`, value, labelValueErrors(value)));
      break;
    case '':
      errors.push(required(`${field}.operator`));
      break;
    default:
      errors.push(notSupported(`${field}.operator`, operator, ['Equal', 'Exists']));
  }
  if (effect !== '' && !effects.includes(effect)) {
    errors.push(notSupported(`${field}.effect`, effect, effects));
  }
  return errors;
}
