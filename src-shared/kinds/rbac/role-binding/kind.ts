import { defineKind } from '../../define.ts';
import type { RoleBinding } from '../../wire.ts';
import { bindingColumns } from '../columns.ts';
import { bindingStrategy } from '../rbac-validation.ts';

export const roleBindingKind = defineKind<RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
  nameRule: 'path-segment',
  schema: 'io.k8s.api.rbac.v1.RoleBinding',
  createsOnUpdate: true,
  strategy: bindingStrategy<RoleBinding>(true),
  columns: bindingColumns(),
  view: {
    section: 'access',
    title: 'Role bindings',
    purpose: 'A role binding grants a role to users, groups and service accounts, in its namespace.',
  },
});
