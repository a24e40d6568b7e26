import type { ObjectMeta, OwnerReference } from '@shared/api/meta.ts';
import type { ObjectType } from '@shared/client/client.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';

/** One object as the collector sees it. */
export interface Item {
  readonly uid: string;
  readonly type: ObjectType;
  readonly metadata: DeepReadonly<ObjectMeta>;
}

/** Deletion asked for, and to wait for dependents. */
export function isForeground({ metadata }: Item): boolean {
  return metadata.deletionTimestamp !== undefined && has(metadata, foregroundFinalizer);
}

/** Deletion asked for, and to leave dependents behind. */
export function isOrphaning({ metadata }: Item): boolean {
  return metadata.deletionTimestamp !== undefined && has(metadata, orphanFinalizer);
}

export function ownersOf({ metadata }: Item): readonly DeepReadonly<OwnerReference>[] {
  return metadata.ownerReferences ?? [];
}

/** Who owns whom, by uid. Owners that are only referred to are not items. */
export class OwnerGraph {
  readonly #items = new Map<string, Item>();
  readonly #dependents = new Map<string, Map<string, Item>>();

  get(uid: string): Item | undefined {
    return this.#items.get(uid);
  }

  /** Objects with an owner reference to the uid. */
  dependentsOf(uid: string): readonly Item[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])];
  }

  set(item: Item): void {
    this.delete(item.uid);
    this.#items.set(item.uid, item);
    for (const { uid } of ownersOf(item)) {
      const dependents = this.#dependents.get(uid) ?? new Map<string, Item>();
      dependents.set(item.uid, item);
      this.#dependents.set(uid, dependents);
    }
  }

  /** Returns what was removed. */
  delete(uid: string): Item | undefined {
    const item = this.#items.get(uid);
    if (!item) return undefined;
    this.#items.delete(uid);
    for (const owner of ownersOf(item)) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
    return item;
  }
}

/** Items whose turn it is after `item` came, changed or (`removed`) went. */
export function concernedBy(graph: OwnerGraph, item: Item, removed: boolean): readonly string[] {
  if (removed) {
    const waitingOwners = ownersOf(item).filter(({ uid }) => {
      const owner = graph.get(uid);
      return owner !== undefined && isForeground(owner);
    });
    return [...graph.dependentsOf(item.uid), ...waitingOwners].map(({ uid }) => uid);
  }
  if (isForeground(item)) return [item.uid, ...graph.dependentsOf(item.uid).map(({ uid }) => uid)];
  return isOrphaning(item) || ownersOf(item).length > 0 ? [item.uid] : [];
}

function has(metadata: DeepReadonly<ObjectMeta>, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) === true;
}
