import { labelValueErrors } from '../../../api/names.ts';
import type { DeepReadonly } from '../../../lib/types.ts';
import type { NodeSelector } from '../../wire.ts';

/** Labels of nodes that others have replaced, and the words in which Kubernetes says so. */
export const deprecatedNodeLabels: ReadonlyMap<string, string> = new Map([
  ['beta.kubernetes.io/arch', 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ['beta.kubernetes.io/os', 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  [
    'failure-domain.beta.kubernetes.io/region',
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  ],
  [
    'failure-domain.beta.kubernetes.io/zone',
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  ],
  [
    'beta.kubernetes.io/instance-type',
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  ],
  ['app.kubernetes.io/created-by', 'deprecated since v1.9'],
  [
    'scheduler.alpha.kubernetes.io/preferAvoidPods',
    'deprecated since v1.22; use Taints and Tolerations instead',
  ],
  ['node-role.kubernetes.io/master', 'use "node-role.kubernetes.io/control-plane" instead'],
]);

type NodeTerm = DeepReadonly<NodeSelector>['nodeSelectorTerms'][number];

/** Warnings of a choice of nodes; those of a mere preference may have values that no label has. */
export function nodeTermWarnings(
  field: string,
  term: NodeTerm,
  { isPreference }: { readonly isPreference: boolean },
): string[] {
  return (term.matchExpressions ?? []).flatMap(({ key, values = [] }, index) => {
    const at = `${field}.matchExpressions[${index}]`;
    const deprecated = deprecatedNodeLabels.get(key);
    const ofValues = values.flatMap((value, i) =>
      labelValueErrors(value).map((text) => `${at}.values[${i}]: ${value} is invalid, ${text}`),
    );
    return [
      ...(deprecated === undefined ? [] : [`${at}.key: ${key} is ${deprecated}`]),
      ...(isPreference ? ofValues : []),
    ];
  });
}
