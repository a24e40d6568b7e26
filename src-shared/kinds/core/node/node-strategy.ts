import type { UncheckedDraft } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import { cidrWarnings } from '../../ip-warnings.ts';
import type { Node } from '../../wire.ts';
import { validateNode, validateNodeStatusUpdate, validateNodeUpdate } from './node-validation.ts';

export const nodeStrategy: Strategy<Node> = {
  keepsStatusOnCreate: true,
  defaults(node) {
    if (node.spec) mirrorPodCidr(node.spec);
    defaultStatus(node);
  },
  defaultStatus,
  prepareForCreate: dropConfig,
  prepareForUpdate: dropConfig,
  prepareForStatusUpdate: dropStatusConfig,
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatusUpdate: validateNodeStatusUpdate,
  warnings: ({ spec }) => [
    ...(spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(spec?.podCIDRs ?? []).flatMap((cidr, index) => cidrWarnings(`spec.podCIDRs[${index}]`, cidr)),
  ],
};

function defaultStatus({ status }: UncheckedDraft<Node>): void {
  if (status?.capacity) status.allocatable ??= { ...status.capacity };
}

/** Kubelets no longer take their configuration from the API. */
function dropConfig(node: UncheckedDraft<Node>): void {
  delete node.spec?.configSource;
  dropStatusConfig(node);
}

function dropStatusConfig({ status }: UncheckedDraft<Node>): void {
  delete status?.config;
}

/** `podCIDR` is the first of `podCIDRs`. */
function mirrorPodCidr(spec: NonNullable<UncheckedDraft<Node>['spec']>): void {
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  else if (!spec.podCIDR && spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
}
