import type { KubeObject } from '@shared/api/meta.ts';
import type { Kind } from '@shared/kinds/define.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { ServerContext } from '../context.ts';
import { objectOf, storeKey, storePrefix } from '../objects.ts';

/** A stored object of another kind that admission decides by; undefined when there is none. */
export async function findStored<T extends KubeObject>(
  { store }: Pick<ServerContext, 'store'>,
  kind: Kind<T>,
  { namespace = '', name }: { readonly namespace?: string; readonly name: string },
): Promise<DeepReadonly<T> | undefined> {
  const entry = await store.get(storeKey(kind, namespace, name));
  return entry && objectOf<T>(entry);
}

/** Every stored object of a kind, or those of one namespace, by name. */
export async function listStored<T extends KubeObject>(
  { store }: Pick<ServerContext, 'store'>,
  kind: Kind<T>,
  namespace = '',
): Promise<readonly DeepReadonly<T>[]> {
  const { entries } = await store.range(storePrefix(kind, namespace));
  return entries.map((entry) => objectOf<T>(entry));
}

/** The object marked as its kind's default: the youngest one, of those as young the first by name. */
export function youngestDefault<T extends KubeObject>(
  objects: readonly DeepReadonly<T>[],
  annotations: readonly string[],
): DeepReadonly<T> | undefined {
  const marked = objects.filter(({ metadata }) =>
    annotations.some((annotation) => metadata?.annotations?.[annotation] === 'true'),
  );
  const born = ({ metadata }: DeepReadonly<KubeObject>) => metadata?.creationTimestamp ?? '';
  return marked.toSorted(
    (a, b) => compareText(born(b), born(a)) || compareText(a.metadata?.name ?? '', b.metadata?.name ?? ''),
  )[0];
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
