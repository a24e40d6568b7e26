import { defineKind } from '../../define.ts';
import type { ClusterRole } from '../../wire.ts';
import { roleColumns } from '../columns.ts';
import { clusterRoleStrategy } from '../rbac-validation.ts';

export const clusterRoleKind = defineKind<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
  nameRule: 'path-segment',
  schema: 'io.k8s.api.rbac.v1.ClusterRole',
  createsOnUpdate: true,
  strategy: clusterRoleStrategy,
  columns: roleColumns(),
  view: {
    section: 'access',
    title: 'Cluster roles',
    purpose:
      'A cluster role is a list of what may be done in the whole cluster, or in any namespace it is granted in.',
  },
});
