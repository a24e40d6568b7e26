import type { UserInfo } from '../../request.ts';
import { allowsUrl, type PolicyRule } from './rule.ts';

/** What it takes to hand out anything: every verb on everything. */
export const fullAuthority: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** The part of `wanted`, in rules of one permission each, that `held` does not cover. */
export function missingRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((rule) => !held.some((owner) => covers(owner, rule)));
}

function breakDown(rule: PolicyRule): PolicyRule[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const result: PolicyRule[] = [];
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const verb of verbs) {
        const one = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (resourceNames.length === 0) result.push(one);
        for (const name of resourceNames) result.push({ ...one, resourceNames: [name] });
      }
    }
  }
  for (const url of nonResourceURLs) {
    for (const verb of verbs) result.push({ verbs: [verb], nonResourceURLs: [url] });
  }
  return result;
}

/** `rule` has at most one value in each field. */
function covers(owner: PolicyRule, rule: PolicyRule): boolean {
  const [verb = ''] = rule.verbs;
  if (!has(owner.verbs, verb)) return false;
  const url = rule.nonResourceURLs?.[0];
  if (url !== undefined) return allowsUrl(owner.nonResourceURLs, url);
  const resource = rule.resources?.[0] ?? '';
  const [, subresource] = resource.split('/');
  const name = rule.resourceNames?.[0];
  const names = owner.resourceNames ?? [];
  return (
    has(owner.apiGroups, rule.apiGroups?.[0] ?? '') &&
    (has(owner.resources, resource) ||
      (subresource !== undefined && (owner.resources ?? []).includes(`*/${subresource}`))) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

function has(words: readonly string[] | undefined, word: string): boolean {
  return words !== undefined && (words.includes('*') || words.includes(word));
}

/** Who wants to grant what he does not have, as Kubernetes words it. */
export function escalationText(
  { name, groups }: UserInfo,
  missing: readonly PolicyRule[],
  resolutionErrors: readonly string[],
): string {
  const rules = [...new Set(compact(missing).map(ruleText))].sort();
  const who = `user ${JSON.stringify(name)} (groups=${listText(groups)})`;
  const text = `${who} is attempting to grant RBAC permissions not currently held:\n${rules.join('\n')}`;
  return resolutionErrors.length === 0
    ? text
    : `${text}; resolution errors: [${resolutionErrors.join(', ')}]`;
}

/** Rules for the same resource become one with all their verbs. */
function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const merged = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const { verbs, ...what } = rule;
    const key = rule.nonResourceURLs ? JSON.stringify(rule) : JSON.stringify(what);
    const known = merged.get(key);
    merged.set(key, { ...what, verbs: known ? [...known.verbs, ...verbs] : verbs });
  }
  return [...merged.values()];
}

function ruleText({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', apiGroups],
    ['Resources', resources],
    ['NonResourceURLs', nonResourceURLs],
    ['ResourceNames', resourceNames],
    ['Verbs', verbs],
  ];
  const texts = parts.flatMap(([field, words]) => (words?.length ? [`${field}:${listText(words)}`] : []));
  return `{${texts.join(', ')}}`;
}

function listText(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(' ')}]`;
}
