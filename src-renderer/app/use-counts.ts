import type { KubeList, KubeObject } from '@shared/api/meta.ts';
import { collectionPath } from '@shared/client/client.ts';
import type { Transport } from '@shared/client/transport.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { createCluster } from '../data/cluster.ts';
import { sideKey } from './side-kinds.ts';

const everyMs = 8000;
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/**
 * How many objects of each of these kinds there are, in the chosen namespaces, by {@link sideKey}. Asked for a page of one object now and
 * then, while the window is visible: a watch per kind would keep every object in memory for a number.
 */
export function useCounts(cluster: string, kinds: readonly AnyKind[]): ReadonlyMap<string, number> {
  const { transport } = useMemo(() => createCluster(cluster).client, [cluster]);
  const search = useSearch({ strict: false });
  const ns = 'ns' in search && typeof search.ns === 'string' ? search.ns : '';
  const { data } = useQuery({
    queryKey: ['counts', cluster, ns, kinds.map(sideKey).join()],
    queryFn: async ({ signal }) => {
      const namespaces = ns ? ns.split(',') : [undefined];
      const entries = await Promise.all(
        kinds.map(async (kind) => {
          const where = kind.namespaced ? namespaces : [undefined];
          const parts = await Promise.all(
            where.map((namespace) => count(transport, collectionPath(kind, namespace), signal)),
          );
          return [sideKey(kind), parts.reduce((sum, part) => sum + part, 0)] as const;
        }),
      );
      return new Map(entries);
    },
    refetchInterval: everyMs,
    retry: false,
    placeholderData: (previous) => previous,
  });
  return data ?? none;
}

const none: ReadonlyMap<string, number> = new Map();

async function count(transport: Transport, path: string, signal: AbortSignal): Promise<number> {
  const answer = await transport.request({
    method: 'GET',
    path,
    query: { limit: '1' },
    accept: metadataOnly,
    signal,
  });
  const list = answer as KubeList<KubeObject>;
  return list.items.length + (list.metadata.remainingItemCount ?? 0);
}
