import { labelMatcherOf } from '@shared/api/selectors.ts';
import type { Node, NodeSelector } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { type Plugin, passed, unresolvable } from '../framework/framework.ts';
import { matchesTerm } from './node-selector-terms.ts';

const best = 100;

/** `spec.nodeSelector` and `spec.affinity.nodeAffinity`, required and preferred. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  filter: (_state, pod, { node }) => {
    const { nodeSelector, affinity } = pod.spec ?? {};
    const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const fits =
      node !== undefined &&
      labelMatcherOf({ matchLabels: nodeSelector ?? {} }).matches(node.metadata?.labels) &&
      matchesSelector(required, node);
    return fits ? passed : unresolvable("node(s) didn't match Pod's node affinity/selector");
  },
  score: (_state, pod, { node }) => {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return preferred.reduce(
      (sum, { weight, preference }) => sum + (node && matchesTerm(preference, node) ? weight : 0),
      0,
    );
  },
  normalize: (scores) => {
    const most = Math.max(...scores);
    return scores.map((score) => (most === 0 ? 0 : Math.floor((best * score) / most)));
  },
  liftedBy: ['NodeAdded', 'NodeChanged'],
};

/** One of the terms has to fit; a selector without terms fits nothing. */
function matchesSelector(
  selector: DeepReadonly<NodeSelector> | undefined,
  node: DeepReadonly<Node>,
): boolean {
  return selector === undefined || selector.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}
