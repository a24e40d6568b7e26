import { defineKind } from '../../define.ts';
import type { ClusterRoleBinding } from '../../wire.ts';
import { bindingColumns } from '../columns.ts';
import { bindingStrategy } from '../rbac-validation.ts';

export const clusterRoleBindingKind = defineKind<ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
  nameRule: 'path-segment',
  schema: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  createsOnUpdate: true,
  strategy: bindingStrategy<ClusterRoleBinding>(false),
  columns: bindingColumns(),
  view: {
    section: 'access',
    title: 'Cluster role bindings',
    purpose:
      'A cluster role binding grants a cluster role to users, groups and service accounts, everywhere.',
  },
});
