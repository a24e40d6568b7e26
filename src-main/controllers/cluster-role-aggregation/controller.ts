import { defineController } from '@shared/controller/define.ts';
import { clusterRoleKind } from '@shared/kinds/rbac/cluster-role/kind.ts';
import type { ClusterRole } from '@shared/kinds/wire.ts';
import { planRules } from './plan.ts';

/** Keeps the rules of aggregated ClusterRoles: those of all roles their label selectors name. */
export const clusterRoleAggregation = defineController({
  name: 'clusterrole-aggregation',
  for: clusterRoleKind,
  watches: [
    {
      kind: clusterRoleKind,
      // A role may have lost the label by which it was gathered: every aggregated role is looked at.
      keysFor: (_role: ClusterRole, { informer }) =>
        informer(clusterRoleKind)
          .list()
          .filter((role) => role.aggregationRule !== undefined)
          .map((role) => ({ namespace: '', name: role.metadata?.name ?? '' })),
    },
  ],
  async reconcile({ name }, { client, informer }) {
    const roles = informer(clusterRoleKind);
    const role = roles.get('', name);
    if (role?.aggregationRule === undefined || role.metadata?.deletionTimestamp !== undefined)
      return undefined;
    const rules = planRules(role, roles.list());
    if (rules) await client.update(clusterRoleKind, { ...role, rules });
    return undefined;
  },
});
