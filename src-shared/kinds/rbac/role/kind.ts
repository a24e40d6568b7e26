import { defineKind } from '../../define.ts';
import type { Role } from '../../wire.ts';
import { roleColumns } from '../columns.ts';
import { roleStrategy } from '../rbac-validation.ts';

export const roleKind = defineKind<Role>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
  nameRule: 'path-segment',
  schema: 'io.k8s.api.rbac.v1.Role',
  createsOnUpdate: true,
  strategy: roleStrategy,
  columns: roleColumns(),
  view: {
    section: 'access',
    title: 'Roles',
    purpose: 'A role is a list of what may be done in its namespace.',
  },
});
