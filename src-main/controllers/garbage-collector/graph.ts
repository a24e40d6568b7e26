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

  /** Returns what the item was before. */
  set(item: Item): Item | undefined {
    const former = this.delete(item.uid);
    this.#items.set(item.uid, item);
    for (const { uid } of ownersOf(item)) {
      const dependents = this.#dependents.get(uid) ?? new Map<string, Item>();
      dependents.set(item.uid, item);
      this.#dependents.set(uid, dependents);
    }
    return former;
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

/** What became of an item: it came (no `before`), changed, or went (no `after`). */
export interface Change {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** Items whose turn it is after a change that the graph knows of already. */
export function concernedBy(graph: OwnerGraph, { before, after }: Change): readonly string[] {
  const uids = new Set<string>();
  // Owners that wait for their dependents, and no longer for this one.
  for (const owner of before ? ownersOf(before) : []) {
    const waiting = graph.get(owner.uid);
    if (waiting && isForeground(waiting) && !(after && blocks(after, owner.uid))) uids.add(owner.uid);
  }
  if (after && (isOrphaning(after) || isForeground(after) || ownersOf(after).length > 0)) uids.add(after.uid);
  const owner = after ?? before;
  if (owner && (!after || isForeground(after)))
    for (const { uid } of graph.dependentsOf(owner.uid)) uids.add(uid);
  return [...uids];
}

/** Whether the owner, when it is deleted in the foreground, has to wait for the dependent. */
export function blocks(dependent: Item, ownerUid: string): boolean {
  return ownersOf(dependent).some(
    ({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion === true,
  );
}

function has(metadata: DeepReadonly<ObjectMeta>, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) === true;
}
