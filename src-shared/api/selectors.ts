/**
 * Label selectors (text and object form) and field selectors.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
import { getOwn } from '../lib/json.ts';
import { LabelSelectorParser } from './label-selector-parser.ts';
import { ApiError } from './status.ts';

export type LabelOperator = 'in' | 'notin' | '=' | '!=' | 'exists' | '!' | 'gt' | 'lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

export type Labels = Readonly<Record<string, string>> | undefined;

/** Decides whether labels fit. All requirements must hold. */
export interface LabelMatcher {
  matches(labels: Labels): boolean;
  /** True when every object fits, so that nobody needs to ask. */
  readonly isEverything: boolean;
  readonly requirements: readonly LabelRequirement[];
}

/** Shape of `LabelSelector`, as kinds' types have it. */
export interface LabelSelectorLike {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key?: string;
    readonly operator?: string;
    readonly values?: readonly string[];
  }[];
}

function holds(requirement: LabelRequirement, labels: Labels): boolean {
  const value = labels && getOwn(labels, requirement.key);
  switch (requirement.operator) {
    case 'in':
    case '=':
      return value !== undefined && requirement.values.includes(value);
    case 'notin':
    case '!=':
      return value === undefined || !requirement.values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default:
      return value !== undefined && compares(requirement, value);
  }
}

function compares(requirement: LabelRequirement, value: string): boolean {
  const bound = requirement.values[0] ?? '';
  if (!/^[+-]?\d+$/.test(value) || !/^[+-]?\d+$/.test(bound)) return false;
  return requirement.operator === 'gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}

/** A matcher of these requirements; without any it fits everything. */
export function labelMatcher(requirements: readonly LabelRequirement[]): LabelMatcher {
  return {
    requirements,
    isEverything: requirements.length === 0,
    matches: (labels) => requirements.every((requirement) => holds(requirement, labels)),
  };
}

/** A matcher that fits nothing. */
export const matchesNothing: LabelMatcher = { requirements: [], isEverything: false, matches: () => false };

/** Parses `app=web,tier in (a,b),!old`. Throws ApiError BadRequest. '' fits everything. */
export function parseLabelSelector(text: string): LabelMatcher {
  return labelMatcher(new LabelSelectorParser(text).parse());
}

const operators: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/** The selector of a spec: undefined fits nothing, `{}` fits everything. Throws ApiError on an unknown operator. */
export function labelMatcherOf(selector: LabelSelectorLike | undefined): LabelMatcher {
  return selector === undefined ? matchesNothing : labelMatcher(requirementsOf(selector));
}

/** A plain map as in a Service: all its labels must be there. Undefined and `{}` fit nothing. */
export function labelMatcherOfMap(labels: Labels): LabelMatcher {
  const entries = Object.entries(labels ?? {});
  if (entries.length === 0) return matchesNothing;
  return labelMatcher(entries.map(([key, value]) => ({ key, operator: '=', values: [value] })));
}

function requirementsOf(selector: LabelSelectorLike): LabelRequirement[] {
  const requirements: LabelRequirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: '=',
    values: [value],
  }));
  for (const { key = '', operator = '', values } of selector.matchExpressions ?? []) {
    const known = getOwn(operators, operator);
    if (!known) throw ApiError.of('BadRequest', `"${operator}" is not a valid label selector operator`);
    requirements.push({ key, operator: known, values: values ?? [] });
  }
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.toSorted().join(',')})`;
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}

/** Text of requirements, as a query parameter takes it. */
export function formatRequirements(requirements: readonly LabelRequirement[]): string {
  return requirements.map(formatRequirement).join(',');
}

/** `app=web,tier in (a,b)`, as tables show it; `<none>` when there is nothing to show, `<error>` when it makes no sense. */
export function formatLabelSelector(selector: LabelSelectorLike | undefined): string {
  const isKnown = ({ operator = '' }) => getOwn(operators, operator) !== undefined;
  if (!(selector?.matchExpressions ?? []).every(isKnown)) return '<error>';
  return formatRequirements(selector ? requirementsOf(selector) : []) || '<none>';
}

/** One term of a field selector, all of which must hold. */
export interface FieldTerm {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/**
 * Parses `status.phase!=Running,metadata.name=a`; `\` escapes `,`, `=` and itself in values. Throws ApiError
 * BadRequest. Whether a kind has the field is for the caller to check.
 */
export function parseFieldSelector(text: string): FieldTerm[] {
  const terms = text.match(/(?:\\[\s\S]|[^,\\]|\\$)+/g) ?? [];
  return terms.map((term) => {
    const match = /^(.*?)(!=|==|=)([\s\S]*)$/.exec(term);
    if (!match) throw ApiError.of('BadRequest', `invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator, value = ''] = match;
    return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeFieldValue(value) };
  });
}

function unescapeFieldValue(value: string): string {
  const bare = /^(?:\\[\\,=]|[^\\,=])*/.exec(value)?.[0] ?? '';
  if (bare.length < value.length) {
    const rest = value.slice(bare.length);
    const complaint =
      rest[0] === '\\'
        ? `invalid escape sequence: ${rest.slice(0, 2)}`
        : `unescaped character in value: ${rest.charCodeAt(0)}`;
    throw ApiError.of('BadRequest', `invalid field selector: ${complaint}`);
  }
  return value.replace(/\\([\\,=])/g, '$1');
}

/** The text {@link parseFieldSelector} reads back. */
export function formatFieldSelector(terms: readonly FieldTerm[]): string {
  return terms
    .map(({ field, operator, value }) => `${field}${operator}${value.replace(/[\\,=]/g, '\\$&')}`)
    .join(',');
}
