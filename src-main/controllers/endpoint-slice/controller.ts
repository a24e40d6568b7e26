import { defineController } from '@shared/controller/define.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import { hasManagedEndpoints, servicesOf } from '../shared/service-pods.ts';
import { applySlices, managedByLabel } from '../shared/slices.ts';
import { managedBy, planSlices } from './plan.ts';

/**
 * Lists the pods behind every service with a selector in EndpointSlices, which kube-proxy and DNS read.
 * https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 */
export const endpointSliceController = defineController({
  name: 'endpoint-slice',
  for: serviceKind,
  owns: [endpointSliceKind],
  watches: [{ kind: podKind, keysFor: servicesOf }],
  reads: [nodeKind],
  async reconcile({ namespace, name }, context) {
    const { informer } = context;
    const service = informer(serviceKind).get(namespace, name);
    // Slices of a service that is gone are collected with their owner.
    if (!service || service.metadata?.deletionTimestamp !== undefined) return undefined;
    if (!hasManagedEndpoints(service)) return undefined;
    const slices = informer(endpointSliceKind).byIndex('ownerUid', service.metadata?.uid ?? '');
    const plan = planSlices({
      service,
      pods: informer(podKind).list(namespace),
      nodeOf: (node) => informer(nodeKind).get('', node),
      slices: slices.filter(({ metadata }) => metadata?.labels?.[managedByLabel] === managedBy),
    });
    await applySlices(context, plan);
    return undefined;
  },
});
