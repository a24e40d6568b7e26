import { describe, expect, it } from 'vitest';
import { createErrors, defaulted, row, updateErrors } from '../testing.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../wire.ts';
import { clusterRoleKind } from './cluster-role/kind.ts';
import { clusterRoleBindingKind } from './cluster-role-binding/kind.ts';
import { roleKind } from './role/kind.ts';
import { roleBindingKind } from './role-binding/kind.ts';

const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
const role = (rules: Role['rules']): Role => ({
  metadata: { name: 'a', namespace: 'b' },
  ...(rules && { rules }),
});
const binding = (fields: Partial<RoleBinding> = {}): RoleBinding => ({
  metadata: { name: 'a', namespace: 'b' },
  roleRef: { apiGroup: '', kind: 'Role', name: 'reader' },
  ...fields,
});
const clusterBinding = (fields: Partial<ClusterRoleBinding> = {}): ClusterRoleBinding => ({
  roleRef: { apiGroup: '', kind: 'ClusterRole', name: 'reader' },
  ...fields,
});

describe('roles', () => {
  it('may be empty', () => {
    expect(createErrors(roleKind, role(undefined))).toEqual([]);
    expect(createErrors(roleKind, role([rule]))).toEqual([]);
  });

  it('have rules with verbs, groups and resources', () => {
    expect(createErrors(roleKind, role([rule, { verbs: [] }]))).toEqual([
      'rules[1].verbs: Required value: verbs must contain at least one value',
      'rules[1].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[1].resources: Required value: resource rules must supply at least one resource',
    ]);
  });

  it('say nothing of paths outside resources, which cluster roles may', () => {
    const paths = { nonResourceURLs: ['/healthz'], verbs: ['get'] };
    expect(createErrors(roleKind, role([paths]))).toEqual([
      'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
    ]);
    expect(createErrors(clusterRoleKind, { rules: [paths] })).toEqual([]);
    expect(createErrors(clusterRoleKind, { rules: [{ ...rule, ...paths }] })).toEqual([
      'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: rules cannot apply to both regular resources and non-resource URLs',
    ]);
  });

  it('gather other cluster roles by selectors that make sense', () => {
    const gathering = (clusterRoleSelectors: object[]): ClusterRole => ({
      aggregationRule: { clusterRoleSelectors },
    });
    expect(createErrors(clusterRoleKind, gathering([{ matchLabels: { a: 'b' } }]))).toEqual([]);
    expect(createErrors(clusterRoleKind, gathering([]))).toEqual([
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ]);
    expect(
      createErrors(clusterRoleKind, gathering([{ matchExpressions: [{ key: 'a', operator: 'Near' }] }])),
    ).toEqual([
      'aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator',
      'aggregationRule.clusterRoleSelectors[0]: Invalid value: null: invalid label selector.',
    ]);
  });

  it('show when they were created, as it is', () => {
    const creationTimestamp = '2026-01-01T00:00:00Z';
    expect(row(roleKind.columns, { metadata: { name: 'a', creationTimestamp } })).toEqual({
      Name: 'a',
      'Created At': creationTimestamp,
    });
  });
});

describe('role bindings', () => {
  it('take groups for granted, except of service accounts', () => {
    const subjects = [
      { kind: 'User', name: 'jane' },
      { kind: 'Group', name: 'admins' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'b' },
    ];
    expect(defaulted(roleBindingKind, binding({ subjects }))).toEqual(
      binding({
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
        subjects: [
          { kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' },
          { kind: 'Group', name: 'admins', apiGroup: 'rbac.authorization.k8s.io' },
          { kind: 'ServiceAccount', name: 'robot', namespace: 'b' },
        ],
      }),
    );
  });

  it('refer to roles of RBAC alone', () => {
    expect(
      createErrors(
        roleBindingKind,
        binding({ roleRef: { apiGroup: 'apps', kind: 'Deployment', name: 'a/b' } }),
      ),
    ).toEqual([
      'roleRef.apiGroup: Unsupported value: "apps": supported values: "rbac.authorization.k8s.io"',
      'roleRef.kind: Unsupported value: "Deployment": supported values: "Role", "ClusterRole"',
      'roleRef.name: Invalid value: "a/b": may not contain \'/\'',
    ]);
    expect(
      createErrors(roleBindingKind, binding({ roleRef: { apiGroup: '', kind: 'Role', name: '' } })),
    ).toEqual(['roleRef.name: Required value']);
  });

  it('of the cluster grant cluster roles alone, to service accounts with a namespace', () => {
    expect(
      createErrors(
        clusterRoleBindingKind,
        clusterBinding({
          roleRef: { apiGroup: '', kind: 'Role', name: 'reader' },
          subjects: [{ kind: 'ServiceAccount', name: 'Robot', apiGroup: 'apps' }],
        }),
      ).map((text) => text.replace(/a lowercase RFC 1123 subdomain.*/, '…')),
    ).toEqual([
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      'subjects[0].name: Invalid value: "Robot": …',
      'subjects[0].apiGroup: Unsupported value: "apps": supported values: ""',
      'subjects[0].namespace: Required value',
    ]);
  });

  it('name users, groups and service accounts, nobody else', () => {
    const subjects = [
      { kind: 'User', name: '', apiGroup: 'apps' },
      { kind: 'Robot', name: 'a' },
    ];
    expect(createErrors(roleBindingKind, binding({ subjects }))).toEqual([
      'subjects[0].name: Required value',
      'subjects[0].apiGroup: Unsupported value: "apps": supported values: "rbac.authorization.k8s.io"',
      'subjects[1].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
    ]);
  });

  it('keep their role for good', () => {
    const other = binding({ roleRef: { apiGroup: '', kind: 'ClusterRole', name: 'reader' } });
    expect(updateErrors(roleBindingKind, binding({ subjects: [] }), binding())).toEqual([]);
    expect(updateErrors(roleBindingKind, other, binding())).toEqual([
      'roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"reader"}: cannot change roleRef',
    ]);
  });

  it('show the role, and with -o wide to whom it is granted', () => {
    const subjects = [
      { kind: 'User', name: 'jane' },
      { kind: 'User', name: 'joe' },
      { kind: 'Group', name: 'admins' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'b' },
    ];
    expect(row(roleBindingKind.columns, binding({ subjects }))).toEqual({
      Name: 'a',
      Role: 'Role/reader',
      Age: null,
      Users: 'jane, joe',
      Groups: 'admins',
      ServiceAccounts: 'b/robot',
    });
  });
});
