import type { KubeObject } from '@shared/api/meta.ts';
import type { ObjectRef } from '@shared/client/client.ts';
import type { AnyKind, ObjectOf } from '@shared/kinds/define.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { createContext, type ReactNode, useContext, useEffect, useMemo } from 'react';
import type { AppState } from './app-state.ts';
import { type Cluster, createCluster, type Selection } from './cluster.ts';
import type { ClusterKinds } from './custom-kinds.ts';
import { type Readable, useReadable } from './readable.ts';
import type { UsageSnapshot } from './usage.ts';
import type { Snapshot } from './watch-store.ts';
import { kinds as builtinKinds } from './window-kinds.ts';

const AppContext = createContext<AppState | null>(null);
const ClusterContext = createContext<Cluster | null>(null);

export function AppStateProvider({ value, children }: { value: AppState; children: ReactNode }) {
  return <AppContext value={value}>{children}</AppContext>;
}

export function useApp(): AppState {
  const app = useContext(AppContext);
  if (app === null) throw new Error('useApp outside AppStateProvider');
  return app;
}

/** Everything inside speaks with the cluster of that name. */
export function ClusterProvider({ name, children }: { name: string; children: ReactNode }) {
  const cluster = useMemo(() => createCluster(name), [name]);
  return <ClusterContext value={cluster}>{children}</ClusterContext>;
}

export function useCluster(): Cluster {
  const cluster = useContext(ClusterContext);
  if (cluster === null) throw new Error('useCluster outside ClusterProvider');
  return cluster;
}

const noKinds: Readable<ClusterKinds> = {
  get: () => builtin,
  subscribe: () => () => undefined,
};
const builtin: ClusterKinds = { kinds: builtinKinds, isComplete: true, revision: '' };

/** The kinds of a cluster, those it defines itself included, live; of none, the built-in ones. */
export function useKinds(cluster: string | undefined): ClusterKinds {
  const app = useApp();
  return useReadable(cluster === undefined ? noKinds : app.kindsOf(cluster));
}

const nothing: Snapshot<KubeObject> = { objects: [], synced: false, error: undefined };
const nothingStore: Readable<Snapshot<KubeObject>> = { get: () => nothing, subscribe: () => () => undefined };

/** The live objects of a selection; null watches nothing. */
export function useObjects<K extends AnyKind>(
  selection: (Selection & { kind: K }) | null,
): Snapshot<ObjectOf<K>> {
  const cluster = useCluster();
  const { kind, namespace, fieldSelector, labelSelector } = selection ?? {};
  const store = useMemo(
    () =>
      kind === undefined ? nothingStore : cluster.watch({ kind, namespace, fieldSelector, labelSelector }),
    [cluster, kind, namespace, fieldSelector, labelSelector],
  );
  return useReadable<Snapshot<KubeObject>>(store) as unknown as Snapshot<ObjectOf<K>>;
}

export interface LiveObject<T> {
  /** Undefined while loading, and when there is none of that name. */
  readonly object: DeepReadonly<T> | undefined;
  readonly synced: boolean;
  readonly error: unknown;
}

/** One live object by name. */
export function useObject<T extends KubeObject>(kind: AnyKind, ref: ObjectRef): LiveObject<T> {
  const { objects, synced, error } = useObjects({
    kind,
    namespace: kind.namespaced ? ref.namespace : undefined,
    fieldSelector: `metadata.name=${ref.name}`,
  });
  return { object: objects[0] as DeepReadonly<T> | undefined, synced, error };
}

/** What these nodes and their pods use, kept up to date while the caller is mounted. Pass real nodes only. */
export function useUsage(nodes: readonly string[]): UsageSnapshot {
  const { usage } = useCluster();
  const names = nodes.join(' ');
  useEffect(() => {
    const leave = names.split(' ').filter(Boolean).map(usage.look);
    return () => {
      for (const stop of leave) stop();
    };
  }, [usage, names]);
  return useReadable(usage);
}
