import type { Namespace, ServiceAccount } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

/** Every namespace has this one; pods that name none run as it. */
const defaultServiceAccount = 'default';

/** The service accounts to create in a namespace. */
export function planServiceAccounts(
  namespace: DeepReadonly<Namespace>,
  exists: (name: string) => boolean,
): ServiceAccount[] {
  const isGoing =
    namespace.metadata?.deletionTimestamp !== undefined || namespace.status?.phase === 'Terminating';
  if (isGoing || exists(defaultServiceAccount)) return [];
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: defaultServiceAccount, namespace: namespace.metadata?.name ?? '' },
    },
  ];
}
