import { type OwnerReference, parseApiVersion } from '@shared/api/meta.ts';
import { isReason } from '@shared/api/status.ts';
import { type ObjectType, refOf } from '@shared/client/client.ts';
import { type ControllerContext, defineLoop } from '@shared/controller/define.ts';
import { WorkQueue } from '@shared/controller/work-queue.ts';
import { runWorkers } from '@shared/controller/workers.ts';
import { kinds } from '@shared/kinds/index.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import {
  concernedBy,
  foregroundFinalizer,
  type Item,
  isForeground,
  OwnerGraph,
  orphanFinalizer,
  ownersOf,
} from './graph.ts';
import { type OwnerState, planCollection } from './plan.ts';
import { watchEverything } from './sources.ts';

type Reference = DeepReadonly<OwnerReference>;

const concurrency = 8;

/**
 * Kinds whose objects lie in the store, each in one version. Events own nothing and are owned by nobody; they would
 * be most of the work.
 */
const collectedKinds = kinds.filter(
  ({ kind, group, stored, conversion, verbs }) =>
    stored && !conversion && verbs.includes('watch') && !(kind === 'Event' && group === ''),
);

/**
 * Deletes objects whose owners are gone, holds back owners that wait for their dependents (foreground) and
 * cuts dependents loose (orphan), for every resource type the server serves, custom ones included.
 */
export const garbageCollector = defineLoop({
  name: 'garbage-collector',
  reads: collectedKinds,
  whole: collectedKinds.map((kind) => ({ kind, isWhole: () => false })),
  async run(context, signal) {
    const queue = new WorkQueue({ clock: context.clock });
    const collector = new Collector(context);
    const watching = watchEverything(
      { context, kinds: collectedKinds, onTypes: (types) => collector.setTypes(types) },
      (item, removed) => {
        for (const uid of collector.note(item, removed)) queue.add(uid);
      },
      signal,
    );
    const close = () => queue.close();
    signal.addEventListener('abort', close);
    if (signal.aborted) close();
    try {
      await runWorkers({ queue, context, concurrency, process: (uid) => collector.collect(uid) });
    } finally {
      signal.removeEventListener('abort', close);
      queue.close();
      await watching;
    }
  },
});

class Collector {
  readonly #context: ControllerContext;
  readonly #graph = new OwnerGraph();
  /** Resource types by group and kind, to address owners. */
  #types: ReadonlyMap<string, ObjectType> = new Map();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  setTypes(types: readonly ObjectType[]): void {
    this.#types = new Map(types.map((type) => [`${type.group}/${type.kind}`, type]));
  }

  /** Takes over news of an object; returns the uids to look at. */
  note(item: Item, removed: boolean): readonly string[] {
    const before = removed ? this.#graph.delete(item.uid) : this.#graph.set(item);
    return concernedBy(this.#graph, { before, after: removed ? undefined : item });
  }

  async collect(uid: string): Promise<undefined> {
    const item = this.#graph.get(uid);
    if (!item) return undefined;
    const states = new Map<Reference, OwnerState>();
    const isGoing = item.metadata.deletionTimestamp !== undefined;
    if (!isGoing) for (const owner of ownersOf(item)) states.set(owner, await this.#stateOf(item, owner));
    const dependents = this.#graph.dependentsOf(uid);
    const plan = planCollection(item, dependents, (owner) => states.get(owner) ?? 'present');
    try {
      switch (plan.do) {
        case 'nothing':
          break;
        case 'delete':
          await this.#delete(item, plan.policy);
          break;
        case 'set-owners':
          await this.#setOwners(item, plan.owners);
          break;
        case 'orphan':
          await this.#orphan(item, plan.dependents);
          break;
        case 'remove-finalizer':
          await this.#removeFinalizer(item, plan.finalizer);
          break;
      }
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
    return undefined;
  }

  /** What the graph does not know is asked of the server: informers of other kinds may be behind. */
  async #stateOf(item: Item, reference: Reference): Promise<OwnerState> {
    const { group, version } = parseApiVersion(reference.apiVersion);
    const type = this.#types.get(`${group}/${reference.kind}`);
    if (!type) throw new Error(`owner of unknown kind ${version} ${reference.kind} in group "${group}"`);
    const namespace = type.namespaced ? item.metadata.namespace : undefined;
    // A namespaced owner of a cluster-scoped object cannot be looked up, so it is never taken for gone.
    if (type.namespaced && namespace === undefined) return 'present';
    const known = this.#graph.get(reference.uid);
    if (known && known.metadata.name === reference.name && known.metadata.namespace === namespace) {
      return isForeground(known) ? 'waiting' : 'present';
    }
    try {
      const live = await this.#context.client.get(type, { namespace, name: reference.name });
      if (live.metadata?.uid !== reference.uid) return 'absent';
      const isWaiting =
        live.metadata.deletionTimestamp !== undefined &&
        live.metadata.finalizers?.includes(foregroundFinalizer);
      return isWaiting ? 'waiting' : 'present';
    } catch (error) {
      if (isReason(error, 'NotFound')) return 'absent';
      throw error;
    }
  }

  async #delete({ type, metadata, uid }: Item, propagationPolicy: 'Background' | 'Foreground' | 'Orphan') {
    const { resourceVersion } = metadata;
    const preconditions = { uid, ...(resourceVersion !== undefined && { resourceVersion }) };
    await this.#context.client.delete(type, refOf({ metadata }), { propagationPolicy, preconditions });
  }

  async #setOwners(item: Item, owners: readonly Reference[]): Promise<void> {
    await this.#patch(item, { ownerReferences: owners.length > 0 ? owners : null });
  }

  async #orphan(item: Item, dependents: readonly Item[]): Promise<void> {
    for (const dependent of dependents) {
      const owners = ownersOf(dependent).filter(({ uid }) => uid !== item.uid);
      try {
        await this.#setOwners(dependent, owners);
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
      }
    }
    await this.#removeFinalizer(item, orphanFinalizer);
  }

  async #removeFinalizer(item: Item, finalizer: string): Promise<void> {
    const finalizers = (item.metadata.finalizers ?? []).filter((other) => other !== finalizer);
    await this.#patch(item, { finalizers: finalizers.length > 0 ? finalizers : null });
  }

  async #patch({ type, metadata, uid }: Item, change: Record<string, unknown>): Promise<void> {
    const { resourceVersion } = metadata;
    const body = { metadata: { uid, resourceVersion, ...change } };
    await this.#context.client.patch(type, refOf({ metadata }), { type: 'merge', body });
  }
}
