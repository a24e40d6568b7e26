import { sizeOf, traversalCost } from './sizes.ts';

/** Characters a unit of cost goes through. */
const perCharacter = 0.1;
const perPatternCharacter = 0.25;
/** Room for two questions to the authorizer in one expression. */
const authorizationCheck = 350_000;
/** A call that makes a list. */
const allocation = 11;
/** Patterns of named formats are taken to be that long. */
const formatPatternLength = 128;

const textCost = (value: unknown, factor = perCharacter) => Math.ceil(sizeOf(value) * factor);

/**
 * What a call costs for the values it is given; of members, the first one is their object. Known before the call is
 * made: nobody pays for what is too costly. Source: apiserver, `library/cost.go`; cel-go, `runtimecost.go`.
 */
export function callCost(name: string, args: readonly unknown[]): number {
  return textFunctionCost(name, args) ?? networkFunctionCost(name, args) ?? listFunctionCost(name, args) ?? 1;
}

function textFunctionCost(name: string, args: readonly unknown[]): number | undefined {
  const [first, second] = args;
  switch (name) {
    case 'check':
      return authorizationCheck;
    case 'fieldSelector':
    case 'labelSelector':
      return 10 + textCost(second) + textCost(second, 0.5) * 50;
    case 'url':
    case '_lower_as_':
    case '_upper_as_':
    case 'substring':
    case 'trim':
    case 'jsonpatch.escapeKey':
    case 'startsWith':
    case 'endsWith':
    case 'format':
    case 'strings.quote':
    case 'quantity':
    case 'isQuantity':
    case 'semver':
    case 'isSemver':
      return textCost(first);
    case 'replace':
    case 'split':
      return textCost(first, 2 * perCharacter);
    case 'join':
      return Math.ceil(joinedSize(first, second) * 2 * perCharacter);
    case '_match_':
    case 'find':
    case 'findAll':
      return patternCost(sizeOf(first), sizeOf(second));
    case 'contains':
      return textCost(first) * textCost(second);
    case 'validate':
      return patternCost(sizeOf(second), formatPatternLength);
    case 'bytes':
      return typeof first === 'string' ? textCost(first) : undefined;
    case 'string':
      return first instanceof Uint8Array ? textCost(first) : undefined;
    default:
      return undefined;
  }
}

function patternCost(text: number, pattern: number): number {
  return Math.ceil((1 + text) * perCharacter) * Math.ceil(pattern * perPatternCharacter);
}

function joinedSize(list: unknown, separator: unknown): number {
  if (!Array.isArray(list) || list.length === 0) return 0;
  const between = separator === undefined ? 0 : sizeOf(separator) * (list.length - 1);
  return list.reduce<number>((sum, item) => sum + sizeOf(item), between);
}

function networkFunctionCost(name: string, [first, second]: readonly unknown[]): number | undefined {
  switch (name) {
    case 'cidr':
    case 'isIP':
    case 'isCIDR':
      return textCost(first);
    case 'ip':
      return typeof first === 'string' ? textCost(first) : 1;
    case 'ip.isCanonical':
      return textCost(first, 2 * perCharacter);
    case 'containsIP':
      return textCost(first, 2 * perCharacter) + parsing(second);
    case 'containsCIDR':
      return textCost(first, 2 * perCharacter) + textCost(first) + 1 + parsing(second);
    default:
      return undefined;
  }
}

function parsing(value: unknown): number {
  return typeof value === 'string' ? textCost(value) : 0;
}

function listFunctionCost(name: string, args: readonly unknown[]): number | undefined {
  const [first, second, third] = args;
  switch (name) {
    case 'isSorted':
    case 'sum':
    case 'max':
    case 'min':
    case 'indexOf':
    case 'lastIndexOf':
      return traversalCost(first);
    case 'sets.contains':
    case 'sets.intersects':
      return 1 + sizeOf(first) * sizeOf(second);
    case 'sets.equivalent':
      return 1 + 2 * sizeOf(first) * sizeOf(second);
    case 'slice':
      return allocation + Math.max(0, Number(third) - Number(second));
    case 'lists.range':
      return allocation + Number(first);
    case 'reverse':
      return Array.isArray(first) ? allocation + first.length : undefined;
    case 'flatten':
      return allocation + Math.floor(sizeOf(first) * Number(second ?? 1));
    case 'distinct':
    case 'sort':
      return sortingCost(first);
    default:
      return undefined;
  }
}

/** Comparing each item of a list with each. */
export function sortingCost(list: unknown): number {
  const [item] = Array.isArray(list) ? list : [];
  const isText = typeof item === 'string' || item instanceof Uint8Array;
  return allocation + Math.floor(sizeOf(list) ** 2 * (isText ? 2 + perCharacter : 2));
}

/** Operators of two operands. */
export function operatorCost(operator: string, left: unknown, right: unknown): number {
  switch (operator) {
    case '==':
    case '!=':
      return Math.ceil(Math.min(sizeOf(left), sizeOf(right)) * perCharacter);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return isText(left) ? Math.ceil(Math.min(sizeOf(left), sizeOf(right)) * perCharacter) : 1;
    case '+':
      return isText(left) ? Math.ceil((sizeOf(left) + sizeOf(right)) * perCharacter) : 1;
    case 'in':
      return Array.isArray(right) ? right.length : 1;
    default:
      return 1;
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || value instanceof Uint8Array;
}
