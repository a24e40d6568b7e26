import { defineController } from '@shared/controller/define.ts';
import { endpointsKind } from '@shared/kinds/core/endpoints/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import type { Service } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { applySlices, managedByLabel } from '../shared/slices.ts';
import { isMirrored, managedBy, maxAddressesPerSubset, planMirror } from './plan.ts';

/**
 * Copies Endpoints that people make for services without a selector into EndpointSlices, which is what kube-proxy
 * and DNS read. Slices of Endpoints that are gone are collected with their owner.
 * https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#endpointslice-mirroring
 */
export const endpointSliceMirroring = defineController({
  name: 'endpoint-slice-mirroring',
  component: 'endpoint-slice-mirroring-controller',
  for: endpointsKind,
  owns: [endpointSliceKind],
  watches: [
    {
      kind: serviceKind,
      keysFor: ({ metadata }: DeepReadonly<Service>) => [
        { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' },
      ],
    },
  ],
  async reconcile({ namespace, name }, context) {
    const endpoints = context.informer(endpointsKind).get(namespace, name);
    if (!endpoints || endpoints.metadata?.deletionTimestamp !== undefined) return undefined;
    const service = context.informer(serviceKind).get(namespace, name);
    const hasSelector = Object.keys(service?.spec?.selector ?? {}).length > 0;
    const slices = context
      .informer(endpointSliceKind)
      .byIndex('ownerUid', endpoints.metadata?.uid ?? '')
      .filter(({ metadata }) => metadata?.labels?.[managedByLabel] === managedBy);
    const mirrors = service !== undefined && !hasSelector && isMirrored(endpoints);
    const plan = planMirror(mirrors ? endpoints : { ...endpoints, subsets: [] }, slices);
    await applySlices(context, plan);
    if (plan.skipped > 0)
      context.events.event(
        endpoints,
        'Warning',
        'TooManyAddressesToMirror',
        `A max of ${maxAddressesPerSubset} addresses can be mirrored to EndpointSlices per Endpoints subset. ${plan.skipped} addresses were skipped`,
      );
    return undefined;
  },
});
