import type { OwnerReference } from '@shared/api/meta.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import {
  blocks,
  foregroundFinalizer,
  type Item,
  isForeground,
  isOrphaning,
  orphanFinalizer,
  ownersOf,
} from './graph.ts';

type Reference = DeepReadonly<OwnerReference>;

/** How an owner fares: there, there but waiting for its dependents to go, or not there. */
export type OwnerState = 'present' | 'waiting' | 'absent';

export type CollectionPlan =
  | { readonly do: 'nothing' }
  | { readonly do: 'delete'; readonly policy: 'Background' | 'Foreground' | 'Orphan' }
  /** Replace the item's owner references by these. */
  | { readonly do: 'set-owners'; readonly owners: readonly Reference[] }
  /** Take the item out of its dependents' references, then drop its orphan finalizer. */
  | { readonly do: 'orphan'; readonly dependents: readonly Item[] }
  | { readonly do: 'remove-finalizer'; readonly finalizer: string };

/**
 * What the collector owes one object.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
export function planCollection(
  item: Item,
  dependents: readonly Item[],
  stateOf: (owner: Reference) => OwnerState,
): CollectionPlan {
  if (isOrphaning(item)) {
    return { do: 'orphan', dependents };
  }
  if (isForeground(item)) {
    const isBlocked = dependents.some((dependent) => blocks(dependent, item.uid));
    return isBlocked ? { do: 'nothing' } : { do: 'remove-finalizer', finalizer: foregroundFinalizer };
  }
  const owners = ownersOf(item);
  if (item.metadata.deletionTimestamp !== undefined || owners.length === 0) return { do: 'nothing' };
  const present = owners.filter((owner) => stateOf(owner) === 'present');
  if (present.length === owners.length) return { do: 'nothing' };
  // Another owner keeps it; those that are gone or going let go of it.
  if (present.length > 0) return { do: 'set-owners', owners: present };
  return planDeletion(item, {
    dependents,
    isWaitedFor: owners.some((owner) => stateOf(owner) === 'waiting'),
  });
}

function planDeletion(
  item: Item,
  { dependents, isWaitedFor }: { dependents: readonly Item[]; isWaitedFor: boolean },
): CollectionPlan {
  const finalizers = item.metadata.finalizers ?? [];
  if (isWaitedFor && dependents.length > 0) {
    // In a ring of owners everyone would wait for everyone: stop blocking before joining in.
    const isRing = dependents.some(isForeground);
    const blocking = ownersOf(item).some(({ blockOwnerDeletion }) => blockOwnerDeletion === true);
    if (isRing && blocking) {
      const owners = ownersOf(item).map((owner) => ({ ...owner, blockOwnerDeletion: false }));
      return { do: 'set-owners', owners };
    }
    return { do: 'delete', policy: 'Foreground' };
  }
  if (finalizers.includes(orphanFinalizer)) return { do: 'delete', policy: 'Orphan' };
  return { do: 'delete', policy: finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background' };
}
