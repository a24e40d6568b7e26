import type { Form, Subject } from './subject.ts';

/** https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules */
export interface Rule {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly scope?: string;
}

/** The form in which one of the rules wants the request; undefined when none of them does. */
export function matchingForm(
  rules: readonly Rule[],
  matchPolicy: string | undefined,
  subject: Subject,
): Form | undefined {
  for (const rule of rules) if (isMatch(rule, subject, subject.form)) return subject.form;
  if (matchPolicy === 'Exact') return undefined;
  for (const rule of rules) {
    const form = subject.equivalents.find((other) => other !== subject.form && isMatch(rule, subject, other));
    if (form) return form;
  }
  return undefined;
}

function isMatch(rule: Rule, subject: Subject, { resource }: Form): boolean {
  const { resourceNames = [] } = rule;
  return (
    has(rule.operations, subject.operation) &&
    has(rule.apiGroups, resource.group) &&
    has(rule.apiVersions, resource.version) &&
    hasResource(rule.resources, resource.resource, subject.subresource) &&
    hasScope(rule.scope, subject) &&
    (resourceNames.length === 0 || resourceNames.includes(subject.name))
  );
}

function has(values: readonly string[] | undefined, value: string): boolean {
  return values !== undefined && (values.includes('*') || values.includes(value));
}

/** A pattern names a resource, a subresource after a slash, and either may be a star. */
function hasResource(
  patterns: readonly string[] | undefined,
  resource: string,
  subresource: string,
): boolean {
  return (patterns ?? []).some((pattern) => {
    const slash = pattern.indexOf('/');
    const wanted = slash < 0 ? pattern : pattern.slice(0, slash);
    const part = slash < 0 ? '' : pattern.slice(slash + 1);
    return (wanted === '*' || wanted === resource) && (part === '*' || part === subresource);
  });
}

/** Namespaces count as cluster-scoped, though they have themselves as their namespace. */
function hasScope(scope: string | undefined, { request }: Subject): boolean {
  if (scope === undefined || scope === '*') return true;
  return (scope === 'Namespaced') === request.kind.namespaced;
}
