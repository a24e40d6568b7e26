import { toleratesTaint } from '@shared/kinds/core/node/tolerations.ts';
import { type Plugin, passed, unresolvable } from '../framework/framework.ts';

const cordoned = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Cordoned nodes take only pods that tolerate it (daemons). */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  filter: (_state, pod, { node }) => {
    if (node?.spec?.unschedulable !== true) return passed;
    const tolerated = (pod.spec?.tolerations ?? []).some((toleration) =>
      toleratesTaint(toleration, cordoned),
    );
    return tolerated ? passed : unresolvable('node(s) were unschedulable');
  },
  liftedBy: ['NodeAdded', 'NodeChanged'],
};
