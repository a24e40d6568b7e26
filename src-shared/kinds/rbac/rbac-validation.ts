import { invalid, notSupported, required } from '../../api/field-errors.ts';
import { dnsSubdomainErrors, pathSegmentErrors } from '../../api/names.ts';
import { validateLabelSelector } from '../../api/object-meta.ts';
import type { FieldError } from '../../api/status.ts';
import { jsonEqual } from '../../lib/json.ts';
import type { Unchecked, UncheckedDraft } from '../../lib/types.ts';
import type { Strategy } from '../define.ts';
import { invalidEach } from '../validation.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../wire.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

type Rule = NonNullable<Unchecked<Role>['rules']>[number];
type Subject = NonNullable<Unchecked<RoleBinding>['subjects']>[number];
type AnyBinding = RoleBinding | ClusterRoleBinding;

export const roleStrategy: Strategy<Role> = {
  validate: ({ rules }) => checkRules(rules, true),
};

export const clusterRoleStrategy: Strategy<ClusterRole> = {
  validate: ({ rules, aggregationRule }) => [
    ...checkRules(rules, false),
    ...checkAggregation(aggregationRule),
  ],
};

/** What is defaulted, checked and kept in role bindings, and in cluster role bindings. */
export function bindingStrategy<T extends AnyBinding>(isNamespaced: boolean): Strategy<T> {
  return {
    defaults: (draft) => setGroups(draft as UncheckedDraft<AnyBinding>),
    validate: (binding) => checkBinding(binding as Unchecked<AnyBinding>, isNamespaced),
    validateUpdate(binding, old) {
      const now = (binding as Unchecked<AnyBinding>).roleRef;
      const before = (old as Unchecked<AnyBinding>).roleRef;
      return jsonEqual(now, before) ? [] : [invalid('roleRef', now, 'cannot change roleRef')];
    },
  };
}

/** Users, groups and roles belong to RBAC's group when nothing else is said; service accounts to the core group. */
function setGroups(binding: UncheckedDraft<AnyBinding>): void {
  const { apiGroup } = binding.roleRef ?? {};
  binding.roleRef = { ...binding.roleRef, apiGroup: apiGroup || rbacGroup };
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbacGroup;
  }
}

function checkRules(rules: readonly Rule[] | null | undefined, isNamespaced: boolean): FieldError[] {
  return (rules ?? []).flatMap((rule, index) => checkRule(`rules[${index}]`, rule, isNamespaced));
}

function checkRule(field: string, rule: Rule, isNamespaced: boolean): FieldError[] {
  const { verbs = [], nonResourceURLs = [], apiGroups = [], resources = [], resourceNames = [] } = rule;
  const errors: FieldError[] = [];
  if (verbs.length === 0) errors.push(required(`${field}.verbs`, 'verbs must contain at least one value'));
  if (nonResourceURLs.length > 0) {
    const at = `${field}.nonResourceURLs`;
    if (isNamespaced) {
      errors.push(invalid(at, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    }
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) {
      const text = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(invalid(at, nonResourceURLs, text));
    }
    return errors;
  }
  if (apiGroups.length === 0) {
    errors.push(required(`${field}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    errors.push(required(`${field}.resources`, 'resource rules must supply at least one resource'));
  }
  return errors;
}

function checkAggregation(rule: Unchecked<ClusterRole>['aggregationRule']): FieldError[] {
  if (!rule) return [];
  const field = 'aggregationRule.clusterRoleSelectors';
  const selectors = rule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    return [required(field, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  }
  return selectors.flatMap((selector, index) => {
    const at = `${field}[${index}]`;
    const errors = validateLabelSelector(selector, at);
    return errors.length === 0 ? [] : [...errors, invalid(at, null, 'invalid label selector.')];
  });
}

function checkBinding({ roleRef, subjects }: Unchecked<AnyBinding>, isNamespaced: boolean): FieldError[] {
  const { apiGroup = '', kind = '', name = '' } = roleRef ?? {};
  const kinds = isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  return [
    ...(apiGroup === rbacGroup ? [] : [notSupported('roleRef.apiGroup', apiGroup, [rbacGroup])]),
    ...(kinds.includes(kind) ? [] : [notSupported('roleRef.kind', kind, kinds)]),
    ...(name === ''
      ? [required('roleRef.name')]
      : invalidEach('roleRef.name', name, pathSegmentErrors(name))),
    ...(subjects ?? []).flatMap((subject, index) =>
      checkSubject(`subjects[${index}]`, subject, isNamespaced),
    ),
  ];
}

function checkSubject(field: string, subject: Subject, isNamespaced: boolean): FieldError[] {
  const { kind = '', name, namespace = '', apiGroup = '' } = subject;
  const errors: FieldError[] = name ? [] : [required(`${field}.name`)];
  switch (kind) {
    case 'ServiceAccount':
      if (name) errors.push(...invalidEach(`${field}.name`, name, dnsSubdomainErrors(name)));
      if (apiGroup !== '') errors.push(notSupported(`${field}.apiGroup`, apiGroup, ['']));
      if (!isNamespaced && namespace === '') errors.push(required(`${field}.namespace`));
      return errors;
    case 'User':
    case 'Group':
      if (apiGroup !== rbacGroup) errors.push(notSupported(`${field}.apiGroup`, apiGroup, [rbacGroup]));
      return errors;
    default:
      return [...errors, notSupported(`${field}.kind`, kind, ['ServiceAccount', 'User', 'Group'])];
  }
}
