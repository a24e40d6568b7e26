/** What narrows down the requests that a webhook or a policy is asked about. */
import { duplicate, required, tooMany } from '../../api/field-errors.ts';
import { validateLabelSelector } from '../../api/object-meta.ts';
import type { LabelSelectorLike } from '../../api/selectors.ts';
import type { FieldError } from '../../api/status.ts';
import { checkOneOf, checkQualifiedName } from '../validation.ts';
import { checkNamedRules, type Rule } from './rule-validation.ts';

export const failurePolicies = ['Fail', 'Ignore'];
export const matchPolicies = ['Equivalent', 'Exact'];
const maxConditions = 64;

interface Condition {
  readonly name?: string;
  readonly expression?: string;
}

/** Conditions, by expressions, under which a request is looked at. Whether they compile is checked elsewhere. */
export function checkMatchConditions(field: string, conditions: readonly Condition[] = []): FieldError[] {
  const errors = conditions.length > maxConditions ? [tooMany(field, conditions.length, maxConditions)] : [];
  const names = new Set<string>();
  for (const [index, { name = '', expression = '' }] of conditions.entries()) {
    const at = `${field}[${index}]`;
    if (expression.trim() === '') errors.push(required(`${at}.expression`));
    if (name === '') errors.push(required(`${at}.name`));
    else {
      errors.push(...checkQualifiedName(`${at}.name`, name));
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
  }
  return errors;
}

export interface MatchResources {
  matchPolicy?: string;
  namespaceSelector?: LabelSelectorLike;
  objectSelector?: LabelSelectorLike;
  readonly resourceRules?: readonly Rule[];
  readonly excludeResourceRules?: readonly Rule[];
}

/** Everything is matched unless something is said. */
export function setMatchDefaults(
  match: MatchResources & {
    resourceRules?: { scope?: string }[];
    excludeResourceRules?: { scope?: string }[];
  },
): void {
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])])
    rule.scope ??= '*';
}

export function checkMatchResources(field: string, match: Readonly<MatchResources>): FieldError[] {
  const { matchPolicy, namespaceSelector, objectSelector } = match;
  return [
    ...checkOneOf(`${field}.matchPolicy`, matchPolicy, matchPolicies),
    ...checkSelector(`${field}.namespaceSelector`, namespaceSelector),
    ...checkSelector(`${field}.objectSelector`, objectSelector),
    ...checkNamedRules(`${field}.resourceRules`, match.resourceRules),
    ...checkNamedRules(`${field}.excludeResourceRules`, match.excludeResourceRules),
  ];
}

function checkSelector(field: string, selector: LabelSelectorLike | undefined): FieldError[] {
  return selector ? validateLabelSelector(selector, field) : [required(field)];
}
