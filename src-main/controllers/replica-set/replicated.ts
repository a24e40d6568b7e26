import type { KubeObject } from '@shared/api/meta.ts';
import { replicaSetKind } from '@shared/kinds/apps/replica-set/kind.ts';
import { replicationControllerKind } from '@shared/kinds/core/replication-controller/kind.ts';
import type { Kind } from '@shared/kinds/define.ts';
import type { ReplicaSet, ReplicationController } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

export type ReadonlyReplicaSet = DeepReadonly<ReplicaSet>;

/** A kind whose objects keep a number of equal pods. All are handled as the ReplicaSets that they resemble. */
export interface Replicated<T extends KubeObject> {
  /** Of the control loop and its events. */
  readonly name: string;
  readonly component: string;
  readonly kind: Kind<T>;
  readonly asReplicaSet: (object: DeepReadonly<T>) => ReadonlyReplicaSet;
  /** Whether its status tells how many pods are on their way out. */
  readonly countsTerminating: boolean;
}

export const replicaSets: Replicated<ReplicaSet> = {
  name: 'replica-set',
  component: 'replicaset-controller',
  kind: replicaSetKind,
  asReplicaSet: (replicaSet) => replicaSet,
  countsTerminating: true,
};

/** What came before ReplicaSets: its selector is nothing but labels. */
export const replicationControllers: Replicated<ReplicationController> = {
  name: 'replication-controller',
  component: 'replication-controller',
  kind: replicationControllerKind,
  asReplicaSet: ({ spec, ...rest }) => ({
    ...rest,
    spec: { ...spec, selector: { ...(spec?.selector && { matchLabels: spec.selector }) } },
  }),
  countsTerminating: false,
};

/** One object that keeps pods, and the kind it is really of. */
export interface ReplicaOwner {
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly object: ReadonlyReplicaSet;
}
