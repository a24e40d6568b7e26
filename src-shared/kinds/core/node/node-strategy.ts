import type { UncheckedDraft } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import type { Node } from '../../wire.ts';
import { validateNode, validateNodeStatusUpdate, validateNodeUpdate } from './node-validation.ts';

export const nodeStrategy: Strategy<Node> = {
  keepsStatusOnCreate: true,
  defaults(node) {
    if (node.spec) mirrorPodCidr(node.spec);
    if (node.status?.capacity) node.status.allocatable ??= { ...node.status.capacity };
  },
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatusUpdate: validateNodeStatusUpdate,
};

/** `podCIDR` is the first of `podCIDRs`. */
function mirrorPodCidr(spec: NonNullable<UncheckedDraft<Node>['spec']>): void {
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  else if (!spec.podCIDR && spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
}
