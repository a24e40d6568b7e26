import { isNamespaceTerminating, isReason } from '@shared/api/status.ts';
import { type Controller, defineController } from '@shared/controller/define.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import type { ConfigMap } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { planRootCa, rootCaName } from './plan.ts';

/** Keeps the ConfigMap `kube-root-ca.crt` in every namespace. `caCertificate` is PEM. */
export function rootCaPublisher(caCertificate: string): Controller {
  return defineController({
    name: 'root-ca-publisher',
    for: namespaceKind,
    watches: [
      {
        kind: configMapKind,
        keysFor: ({ metadata }: DeepReadonly<ConfigMap>) =>
          metadata?.name === rootCaName ? [{ namespace: '', name: metadata.namespace ?? '' }] : [],
      },
    ],
    whole: [{ kind: configMapKind, isWhole: ({ metadata }) => metadata?.name === rootCaName }],
    async reconcile({ name }, { client, informer }) {
      const namespace = informer(namespaceKind).get('', name);
      if (!namespace) return undefined;
      const present = informer(configMapKind).get(name, rootCaName);
      const action = planRootCa(namespace, present, caCertificate);
      try {
        if (action.do === 'create') await client.create(configMapKind, action.configMap);
        if (action.do === 'restore' && present) {
          await client.update(configMapKind, { ...present, data: action.data });
        }
      } catch (error) {
        if (!isReason(error, 'AlreadyExists') && !isNamespaceTerminating(error)) throw error;
      }
      return undefined;
    },
  });
}
