import { isNamespaceTerminating, isReason } from '@shared/api/status.ts';
import { refOf } from '@shared/client/client.ts';
import { defineController } from '@shared/controller/define.ts';
import { endpointsKind } from '@shared/kinds/core/endpoints/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import type { Endpoints } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { hasManagedEndpoints, servicesOf } from '../shared/service-pods.ts';
import { managedBy, managedByLabel, planEndpoints } from './plan.ts';

/** Keeps the older Endpoints object of every service with a selector, for clients that still read it. */
export const endpointsController = defineController({
  name: 'endpoints',
  for: serviceKind,
  watches: [
    { kind: podKind, keysFor: servicesOf },
    {
      kind: endpointsKind,
      keysFor: ({ metadata }: DeepReadonly<Endpoints>) => [
        { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' },
      ],
    },
  ],
  async reconcile({ namespace, name }, { client, informer }) {
    const service = informer(serviceKind).get(namespace, name);
    const present = informer(endpointsKind).get(namespace, name);
    try {
      if (!service) {
        const isOurs = present?.metadata?.labels?.[managedByLabel] === managedBy;
        if (present && isOurs) await client.delete(endpointsKind, refOf(present));
        return undefined;
      }
      if (!hasManagedEndpoints(service)) return undefined;
      const action = planEndpoints(service, informer(podKind).list(namespace), present);
      if (action.do === 'create') await client.create(endpointsKind, action.endpoints);
      if (action.do === 'update') await client.update(endpointsKind, action.endpoints);
    } catch (error) {
      if (!isNamespaceTerminating(error) && !isReason(error, 'NotFound')) throw error;
    }
    return undefined;
  },
});
