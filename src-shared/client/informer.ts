import type { KubeObject } from '../api/meta.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { DeepReadonly } from '../lib/types.ts';

/** A change seen by an informer. `added` is also sent, once per known object, to a listener that joins late. */
export type InformerEvent<T> =
  | { readonly type: 'added'; readonly object: DeepReadonly<T> }
  | { readonly type: 'updated'; readonly object: DeepReadonly<T>; readonly previous: DeepReadonly<T> }
  | { readonly type: 'deleted'; readonly object: DeepReadonly<T> };

/**
 * A live, local copy of all objects of one kind (or of a selection), kept by list and watch.
 *
 * Guarantees: objects are shared and read-only; the copy is a state the server had, possibly an old one (it
 * never runs backwards for one object); listeners hear of every difference between two copies, in order, and
 * a relist after a broken watch yields the differences only.
 */
export interface Informer<T extends KubeObject> {
  /** True once the first list has arrived. */
  readonly synced: boolean;
  /** Resolves when synced; rejects with the signal's reason when that aborts first. */
  whenSynced(signal?: AbortSignal): Promise<void>;
  get(namespace: string, name: string): DeepReadonly<T> | undefined;
  /** All objects, or those of one namespace. No particular order. */
  list(namespace?: string): readonly DeepReadonly<T>[];
  /** Objects with the given value of an index named at creation; `ownerUid` always exists (controller's uid). */
  byIndex(index: string, value: string): readonly DeepReadonly<T>[];
  /** Calls `listener` for every known object and every later change until disposed. It must not throw. */
  onChange(listener: (event: InformerEvent<T>) => void): Disposable;
}
