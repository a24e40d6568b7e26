import { toleratesTaint, untoleratedTaint } from '@shared/kinds/core/node/tolerations.ts';
import { type Plugin, passed, unresolvable } from '../framework/framework.ts';

const best = 100;

/** Taints keep pods away (NoSchedule, NoExecute) or are avoided where possible (PreferNoSchedule). */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  filter: (_state, pod, { node }) => {
    const taint = untoleratedTaint(node?.spec?.taints ?? [], pod.spec?.tolerations ?? [], [
      'NoSchedule',
      'NoExecute',
    ]);
    return taint === undefined ? passed : unresolvable('node(s) had untolerated taint(s)');
  },
  score: (_state, pod, { node }) => {
    const tolerations = pod.spec?.tolerations ?? [];
    const soft = (node?.spec?.taints ?? []).filter(({ effect }) => effect === 'PreferNoSchedule');
    return soft.filter((taint) => !tolerations.some((toleration) => toleratesTaint(toleration, taint)))
      .length;
  },
  // Raw scores count what is not tolerated: the fewer, the better.
  normalize: (scores) => {
    const most = Math.max(...scores);
    return scores.map((score) => (most === 0 ? best : best - Math.floor((best * score) / most)));
  },
  liftedBy: ['NodeAdded', 'NodeChanged'],
};
