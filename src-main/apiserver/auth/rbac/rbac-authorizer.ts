import type { UserInfo } from '../../request.ts';
import { type Attributes, type Authorizer, type Decision, noOpinion } from '../authorizer.ts';
import type { Binding, RbacIndex } from './index.ts';
import { type PolicyRule, rbacGroup, type Subject } from './rule.ts';

/** All rules a user has, with what could not be resolved. */
export interface UserRules {
  readonly rules: readonly PolicyRule[];
  /** e.g. `clusterroles.rbac.authorization.k8s.io "x" not found` */
  readonly errors: readonly string[];
}

/** Answers kept at most; all are forgotten when one more comes, or any role or binding changes. */
const maxKept = 8192;

/**
 * Role-based access control. Members of `system:masters` are not asked about here. Equal questions are answered
 * from memory until a role or binding changes.
 */
export function createRbacAuthorizer(index: RbacIndex): Authorizer {
  const kept = new Map<string, Decision>();
  let generation = index.generation;
  const decide = (attributes: Attributes): Decision => {
    if (generation !== index.generation) {
      kept.clear();
      generation = index.generation;
    }
    const key = keyOf(attributes);
    const known = kept.get(key);
    if (known) return known;
    const decision = evaluate(index, attributes);
    if (kept.size >= maxKept) kept.clear();
    kept.set(key, decision);
    return decision;
  };
  return {
    authorize: (attributes) =>
      index.loaded ? decide(attributes) : index.ready.then(() => decide(attributes)),
  };
}

function keyOf({ user, verb, ...rest }: Attributes): string {
  const { group, resource, subresource, namespace, name } = rest;
  const what = rest.resourceRequest ? [group, resource, subresource, namespace, name] : [rest.path];
  return JSON.stringify([user.name, user.groups, verb, what]);
}

function evaluate(index: RbacIndex, attributes: Attributes): Decision {
  const errors: string[] = [];
  const { namespace, resourceRequest, user } = attributes;
  const places = resourceRequest && namespace !== '' ? ['', namespace] : [''];
  for (const place of places) {
    const refused = new Set<unknown>();
    for (const { binding, subject } of index.bindingsOf(user, place)) {
      const rules = index.rulesOf(binding.roleRef, place);
      if (refused.has(rules)) continue; // many bindings may lead to one role
      if (!rules) errors.push(roleNotFound(binding.roleRef));
      else if (rules.some((rule) => rule.allows(attributes))) {
        return { allowed: true, reason: `RBAC: allowed by ${grantText(binding, subject)}` };
      } else refused.add(rules);
    }
  }
  return errors.length === 0 ? noOpinion : { allowed: false, reason: `RBAC: ${aggregate(errors)}` };
}

/** Everything granted to the user in a namespace, the whole cluster's included. */
export async function rulesOf(index: RbacIndex, user: UserInfo, namespace: string): Promise<UserRules> {
  await index.ready;
  const rules: PolicyRule[] = [];
  const errors: string[] = [];
  for (const place of namespace === '' ? [''] : ['', namespace]) {
    for (const { binding } of index.bindingsOf(user, place)) {
      const granted = index.rulesOf(binding.roleRef, place);
      if (granted) rules.push(...granted.map(({ rule }) => rule));
      else errors.push(roleNotFound(binding.roleRef));
    }
  }
  return { rules, errors };
}

/** As RBAC words a binding whose role does not exist. */
export function roleNotFound({ kind, name }: { kind: string; name: string }): string {
  return `${kind.toLowerCase()}.${rbacGroup} ${JSON.stringify(name)} not found`;
}

/** Several errors as Kubernetes writes them in one line; each once. */
export function aggregate(errors: readonly string[]): string {
  const different = [...new Set(errors)];
  return different.length === 1 ? (different[0] ?? '') : `[${different.join(', ')}]`;
}

function grantText({ name, namespace, roleRef }: Binding, subject: Subject): string {
  const [type, full] =
    namespace === '' ? ['ClusterRoleBinding', name] : ['RoleBinding', `${name}/${namespace}`];
  const who =
    subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || namespace}` : subject.name;
  const role = `${roleRef.kind} ${JSON.stringify(roleRef.name)}`;
  return `${type} ${JSON.stringify(full)} of ${role} to ${subject.kind} ${JSON.stringify(who)}`;
}
