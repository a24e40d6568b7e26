import type { KubeList, KubeObject } from '@shared/api/meta.ts';
import { type Client, collectionPath } from '@shared/client/client.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { kinds } from './window-kinds.ts';

const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** Metadata of every object in a namespace (undefined: of all cluster-scoped kinds), one list per kind. */
export async function collectMetadata(
  client: Client,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<{ kind: AnyKind; object: DeepReadonly<KubeObject> }[]> {
  const wanted = kinds.filter(
    (kind) =>
      kind.namespaced === (namespace !== undefined) && kind.verbs.includes('list') && kind.kind !== 'Event',
  );
  const lists = await Promise.all(
    wanted.map(async (kind) => {
      const path = collectionPath(kind, namespace);
      const list = (await client.transport.request({
        method: 'GET',
        path,
        accept: metadataOnly,
        signal,
      })) as DeepReadonly<KubeList<KubeObject>>;
      return list.items.map((object) => ({ kind, object }));
    }),
  );
  return lists.flat();
}
