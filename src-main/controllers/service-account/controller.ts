import { isNamespaceTerminating, isReason } from '@shared/api/status.ts';
import { defineController } from '@shared/controller/define.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { ServiceAccount } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { planServiceAccounts } from './plan.ts';

/** Keeps a service account `default` in every namespace. */
export const serviceAccountController = defineController({
  name: 'service-account',
  for: namespaceKind,
  watches: [
    {
      kind: serviceAccountKind,
      keysFor: (account: DeepReadonly<ServiceAccount>) => [
        { namespace: '', name: account.metadata?.namespace ?? '' },
      ],
    },
  ],
  async reconcile({ name }, { client, informer }) {
    const namespace = informer(namespaceKind).get('', name);
    if (!namespace) return undefined;
    const accounts = informer(serviceAccountKind);
    for (const account of planServiceAccounts(
      namespace,
      (account) => accounts.get(name, account) !== undefined,
    )) {
      try {
        await client.create(serviceAccountKind, account);
      } catch (error) {
        if (!isReason(error, 'AlreadyExists') && !isNamespaceTerminating(error)) throw error;
      }
    }
    return undefined;
  },
});
