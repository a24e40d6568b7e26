import {
  type Entry,
  type Estimate,
  type Size,
  type TypeFacts,
  times,
  union,
  unknownSize,
} from './estimate.ts';

/** A call, its parts estimated. */
export interface Call {
  readonly name: string;
  readonly target: Estimate | undefined;
  readonly args: readonly Estimate[];
  /** Of what it yields. */
  readonly type: TypeFacts;
}

interface CallEstimate {
  /** Beside what its arguments cost. */
  readonly cost: number;
  readonly size?: Size | undefined;
  readonly entry?: Entry | undefined;
  /** `cost` has the arguments in it: not all of them are evaluated. */
  readonly isWhole?: boolean;
}

/** Characters a unit of cost goes through. */
const traversal = 0.1;
const perPatternCharacter = 0.25;
/** Room for two questions to the authorizer in one expression. */
const authorizationCheck = 350_000;

const sizeOf = (estimate: Estimate | undefined): Size => estimate?.size ?? unknownSize;
const scaled = (size: number, factor: number) => Math.ceil(times(size, factor));
const plus = (a: Size, b: Size): Size => ({ min: a.min + b.min, max: a.max + b.max });

/** What one call costs and how large its result is. Source: apiserver, `library/cost.go`; cel-go, `functionCost`. */
export function callEstimate(call: Call): CallEstimate {
  return operatorEstimate(call) ?? functionEstimate(call) ?? listEstimate(call) ?? { cost: 1 };
}

function operatorEstimate({ name, args }: Call): CallEstimate | undefined {
  const [left, right] = args;
  switch (name) {
    case '&&':
    case '||':
      return { cost: (left?.cost ?? 0) + (right?.cost ?? 0), isWhole: true };
    case '?:': {
      const [condition, yes, no] = args;
      const cost = (condition?.cost ?? 0) + Math.max(yes?.cost ?? 0, no?.cost ?? 0);
      return {
        cost,
        size: union([sizeOf(yes), sizeOf(no)]),
        entry: either(yes?.entry, no?.entry),
        isWhole: true,
      };
    }
    case '==':
    case '!=':
      if (left && left.type.name === right?.type.name && constantEquality.has(left.type.name))
        return { cost: 1 };
      return { cost: scaled(Math.min(sizeOf(left).max, sizeOf(right).max), traversal) };
    case '<':
    case '<=':
    case '>':
    case '>=': {
      if (!mayBeText(left) || !mayBeText(right)) return { cost: 1 };
      const cost = scaled(Math.min(sizeOf(left).max, sizeOf(right).max), traversal);
      return { cost: left?.type.kind === 'dyn' || right?.type.kind === 'dyn' ? Math.max(1, cost) : cost };
    }
    case '+':
      return addition(left, right);
    case 'in':
      return { cost: right?.type.kind === 'map' ? 1 : sizeOf(right).max };
    case 'dyn':
      return { cost: 1, size: left?.size, entry: left?.entry };
    default:
      return undefined;
  }
}

const constantEquality = new Set([
  'ip',
  'cidr',
  'quantity',
  'semver',
  'net.IP',
  'net.CIDR',
  'kubernetes.Quantity',
  'kubernetes.Semver',
]);

function mayBeText(estimate: Estimate | undefined): boolean {
  const { kind, name } = estimate?.type ?? { kind: 'dyn', name: 'dyn' };
  return kind === 'dyn' || name === 'string' || name === 'bytes';
}

function addition(left: Estimate | undefined, right: Estimate | undefined): CallEstimate {
  const isList = left?.type.kind === 'list' || right?.type.kind === 'list';
  const size = plus(sizeOf(left), sizeOf(right));
  if (isList) return { cost: 1, size, entry: either(left?.entry, right?.entry) };
  if (!mayBeText(left) || !mayBeText(right)) return { cost: 1 };
  return { cost: scaled(size.max, traversal), size };
}

function either(a: Entry | undefined, b: Entry | undefined): Entry | undefined {
  return a && b && { kind: a.kind, key: union([a.key, b.key]), value: union([a.value, b.value]) };
}

function functionEstimate({ name, target, args }: Call): CallEstimate | undefined {
  const [first, second] = args;
  const given = sizeOf(first);
  const subject = sizeOf(target);
  switch (name) {
    case 'check':
      return { cost: authorizationCheck };
    case 'fieldSelector':
    case 'labelSelector':
      return { cost: 10 + scaled(given.max, traversal) + times(scaled(given.max, 0.5), 50) };
    case 'url':
    case 'jsonpatch.escapeKey':
      return { cost: scaled(given.max, traversal), size: given };
    case '_lower_as_':
    case '_upper_as_':
    case 'substring':
    case 'trim':
      return { cost: scaled(subject.max, traversal), size: subject };
    case 'replace':
      return { cost: scaled(subject.max, 2 * traversal), size: replacedSize(subject, given, sizeOf(second)) };
    case 'split': {
      const max = typeof second?.literal === 'bigint' ? Number(second.literal) : subject.max;
      return { cost: scaled(subject.max, 2 * traversal), size: { min: 0, max } };
    }
    case 'join':
      return joined(target, first);
    case '_match_':
    case 'find':
    case 'findAll': {
      const cost = times(scaled(subject.max + 1, traversal), scaled(given.max, perPatternCharacter));
      return { cost, ...(name !== '_match_' && { size: { min: 0, max: subject.max } }) };
    }
    case 'contains':
      return { cost: times(scaled(subject.max, traversal), scaled(given.max, traversal)) };
    case 'startsWith':
    case 'endsWith':
      return { cost: scaled(given.max, traversal) };
    case 'format':
      return { cost: scaled(subject.max, traversal) };
    case 'strings.quote':
      return { cost: scaled(given.max, traversal), size: { min: given.min + 2, max: given.max * 2 + 2 } };
    case 'bytes':
      return first?.type.name === 'string'
        ? { cost: scaled(given.max, traversal), size: { min: given.min, max: given.max * 4 } }
        : undefined;
    case 'string':
      return first?.type.name === 'bytes' ? { cost: scaled(given.max, traversal), size: given } : undefined;
    case 'cidr':
    case 'isIP':
    case 'isCIDR':
    case 'quantity':
    case 'isQuantity':
    case 'semver':
    case 'isSemver':
      return { cost: scaled(given.max, traversal) };
    case 'ip':
      return { cost: target ? 1 : scaled(given.max, traversal) };
    case 'ip.isCanonical':
      return { cost: scaled(given.max, 2 * traversal) };
    case 'containsIP':
      return { cost: 4 + (first?.type.name === 'string' ? scaled(given.max, traversal) : 0) };
    case 'containsCIDR':
      return { cost: 7 + (first?.type.name === 'string' ? scaled(given.max, traversal) : 0) };
    case 'validate':
      return { cost: scaled(scaled(given.max, traversal), 128 * perPatternCharacter) };
    default:
      return undefined;
  }
}

function replacedSize(text: Size, from: Size, to: Size): Size {
  if (from.min === 0) return { min: 0, max: times(text.max + 1, to.max) + text.max };
  if (to.max <= from.min) return { min: 0, max: text.max };
  return { min: 0, max: times(Math.ceil(text.max / from.min), to.max) };
}

/** The element of a list, as far as schema or expression say. */
function itemSize(list: Estimate | undefined): Size {
  const item = list?.hint?.item;
  return item ? { min: 0, max: item.max } : unknownSize;
}

function joined(list: Estimate | undefined, separator: Estimate | undefined): CallEstimate {
  const count = sizeOf(list).max;
  const between = separator ? times(sizeOf(separator).max, Math.max(0, count - 1)) : 0;
  const max = times(count, itemSize(list).max) + between;
  return { cost: scaled(max, traversal), size: { min: 0, max } };
}

function listEstimate({ name, target, args }: Call): CallEstimate | undefined {
  const [first, second] = args;
  const subject = sizeOf(target);
  const pairs = times(sizeOf(first).max, sizeOf(second).max);
  const allocated = (factor: number, size: number) => ({
    cost: 11 + scaled(size, factor),
    size: { min: 0, max: size },
  });
  switch (name) {
    case 'isSorted':
    case 'sum':
    case 'max':
    case 'min':
    case 'indexOf':
    case 'lastIndexOf':
    case 'includes': {
      if (!target) return undefined;
      if (target.type.kind !== 'list') return { cost: scaled(subject.max, traversal) };
      const isText = ['string', 'bytes'].includes(target.type.valueType?.name ?? '');
      return { cost: times(subject.max, 1 + (isText ? scaled(itemSize(target).max, traversal) : 0)) };
    }
    case 'sets.contains':
    case 'sets.intersects':
      return { cost: 1 + pairs };
    case 'sets.equivalent':
      return { cost: 1 + times(2, pairs) };
    case 'slice': {
      const end = typeof second?.literal === 'bigint' ? Number(second.literal) : subject.max;
      const start = typeof first?.literal === 'bigint' ? Number(first.literal) : 0;
      return allocated(1, Math.max(0, end - start));
    }
    case 'reverse':
      return target?.type.kind === 'list' ? allocated(1, subject.max) : undefined;
    case 'flatten':
      return allocated(typeof first?.literal === 'bigint' ? Number(first.literal) : 1, subject.max);
    case 'distinct':
      return allocated(2, times(subject.max, subject.max));
    case 'sort':
    case 'sortBy':
      return allocated(target?.type.valueType?.name === 'string' ? 2.1 : 2, times(subject.max, subject.max));
    case 'lists.range':
      return allocated(1, typeof first?.literal === 'bigint' ? Number(first.literal) : unknownSize.max);
    default:
      return undefined;
  }
}
