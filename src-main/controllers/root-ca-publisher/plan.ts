import type { ConfigMap, Namespace } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

/** Mounted into every pod beside its token. */
export const rootCaName = 'kube-root-ca.crt';
const fileName = 'ca.crt';

export type RootCaAction =
  | { readonly do: 'nothing' }
  | { readonly do: 'create'; readonly configMap: ConfigMap }
  | { readonly do: 'restore'; readonly data: Record<string, string> };

/** What makes the namespace's ConfigMap carry exactly the certificate. */
export function planRootCa(
  namespace: DeepReadonly<Namespace>,
  present: DeepReadonly<ConfigMap> | undefined,
  caCertificate: string,
): RootCaAction {
  if (namespace.metadata?.deletionTimestamp !== undefined) return { do: 'nothing' };
  const data = { [fileName]: caCertificate };
  if (present) {
    const intact = present.data?.[fileName] === caCertificate && Object.keys(present.data).length === 1;
    return intact ? { do: 'nothing' } : { do: 'restore', data };
  }
  const description = 'Certificate authority of the API server, for clients inside the cluster.';
  const metadata = {
    name: rootCaName,
    namespace: namespace.metadata?.name ?? '',
    annotations: { 'kubernetes.io/description': description },
  };
  return { do: 'create', configMap: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } };
}
