import type { Attributes } from '../authorizer.ts';

/** `rules[]` of a Role or ClusterRole. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface RoleRef {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

export interface Subject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

export const rbacGroup = 'rbac.authorization.k8s.io';

/** A rule prepared for being asked often. */
export interface CompiledRule {
  readonly rule: PolicyRule;
  allows(attributes: Attributes): boolean;
}

/** Source: Kubernetes, "Using RBAC Authorization", "Referring to resources". */
export function compileRule(rule: PolicyRule): CompiledRule {
  const verbs = matcher(rule.verbs);
  const groups = matcher(rule.apiGroups);
  const resources = matcher(rule.resources);
  const names = new Set(rule.resourceNames);
  return {
    rule,
    allows(attributes) {
      if (!verbs(attributes.verb)) return false;
      if (!attributes.resourceRequest) return allowsUrl(rule.nonResourceURLs, attributes.path);
      const { resource, subresource, name } = attributes;
      return (
        groups(attributes.group) &&
        (resources(subresource === '' ? resource : `${resource}/${subresource}`) ||
          (subresource !== '' && (rule.resources ?? []).includes(`*/${subresource}`))) &&
        (names.size === 0 || names.has(name))
      );
    },
  };
}

function matcher(words: readonly string[] | undefined): (word: string) => boolean {
  const set = new Set(words);
  return set.has('*') ? () => true : (word) => set.has(word);
}

/** Whether one of the patterns (`/healthz`, `/apis/*`, `*`) fits the path. */
export function allowsUrl(patterns: readonly string[] | undefined, path: string): boolean {
  return (patterns ?? []).some(
    (pattern) =>
      pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1))),
  );
}
