import type { KubeObject } from '../api/meta.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { DeepReadonly } from '../lib/types.ts';
import type { InformerEvent } from './informer.ts';
import { type IndexFunction, ObjectCache } from './object-cache.ts';

type Listener<T> = (event: InformerEvent<T>) => void;

export interface InformerStateOptions<T extends KubeObject> {
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>> | undefined;
  /** Hears of a listener that threw. */
  onListenerError(error: unknown): void;
}

/**
 * What an informer knows, and how each piece of news changes it. No I/O.
 *
 * Resource versions are compared as numbers (guaranteed comparable by Kubernetes since 1.35, KEP-5504):
 * {@link resourceVersion} is the version up to which every change has been seen, so that a write of our own
 * with a higher version may be taken over before the watch delivers it, and one with a lower version may not.
 */
export class InformerState<T extends KubeObject> {
  readonly cache: ObjectCache<T>;
  readonly #listeners = new Set<Listener<T>>();
  readonly #onListenerError: (error: unknown) => void;
  /** Version of each object taken over from a write of our own and not seen in list or watch since, by uid. */
  readonly #ownWrites = new Map<string, number>();
  /** Uids of objects we deleted and whose end was not seen in list or watch yet. */
  readonly #ownDeletions = new Set<string>();
  #resourceVersion = '';

  constructor(options: InformerStateOptions<T>) {
    this.cache = new ObjectCache(options.indexes);
    this.#onListenerError = options.onListenerError;
  }

  /** Every change up to this version is in the cache; '' before the first list. */
  get resourceVersion(): string {
    return this.#resourceVersion;
  }

  /** Takes over a complete list and tells listeners of the differences. */
  replace(items: readonly DeepReadonly<T>[], resourceVersion: string): void {
    // A server restored from an older state lists older versions than we have seen: its word counts.
    const rewound = Number(resourceVersion) < Number(this.#resourceVersion);
    if (rewound) {
      this.#ownWrites.clear();
      this.#ownDeletions.clear();
    }
    const listed = new Set(items.map(uidOf));
    for (const uid of this.#ownDeletions) {
      if (!listed.has(uid)) this.#ownDeletions.delete(uid);
    }
    for (const known of this.cache.list()) {
      const writtenAt = this.#ownWrites.get(uidOf(known));
      const writtenLater = writtenAt !== undefined && writtenAt > Number(resourceVersion);
      if (!listed.has(uidOf(known)) && !writtenLater) this.#remove(known, known);
    }
    for (const item of items) this.#upsert(item, rewound);
    this.#advance(resourceVersion);
  }

  /** Takes over one event of the watch. */
  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', object: DeepReadonly<T>): void {
    if (type === 'DELETED') {
      const { namespace = '', name = '' } = object.metadata ?? {};
      const known = this.cache.get(namespace, name);
      this.#ownDeletions.delete(uidOf(object));
      if (known && uidOf(known) === uidOf(object)) this.#remove(known, object);
    } else if (type !== 'BOOKMARK') {
      this.#upsert(object, false);
    }
    this.#advance(object.metadata?.resourceVersion ?? '');
  }

  /** Takes over the answer to a request of our own, unless the watch has passed it already. */
  observe(object: DeepReadonly<T>): void {
    const version = versionOf(object);
    if (this.#resourceVersion === '' || !(version > Number(this.#resourceVersion))) return;
    if (this.#upsert(object, false)) this.#ownWrites.set(uidOf(object), version);
  }

  /** Takes over that we deleted an object for good. */
  observeDeletion(namespace: string, name: string, uid: string): void {
    const known = this.cache.get(namespace, name);
    if (!known || uidOf(known) !== uid) return;
    this.#ownDeletions.add(uid);
    this.#remove(known, known);
  }

  /** Replays what is known to `listener`, then keeps it informed. */
  listen(listener: Listener<T>): Disposable {
    const own: Listener<T> = (event) => listener(event);
    for (const object of this.cache.list()) this.#tell(own, { type: 'added', object });
    this.#listeners.add(own);
    return { dispose: () => void this.#listeners.delete(own) };
  }

  /** True when the object was news. */
  #upsert(object: DeepReadonly<T>, evenIfOlder: boolean): boolean {
    if (this.#ownDeletions.has(uidOf(object))) return false;
    const { namespace = '', name = '' } = object.metadata ?? {};
    const known = this.cache.get(namespace, name);
    if (known) {
      const same = known.metadata?.resourceVersion === object.metadata?.resourceVersion;
      if (same && uidOf(known) === uidOf(object)) {
        this.#ownWrites.delete(uidOf(object));
        return false;
      }
      if (!evenIfOlder && versionOf(object) < versionOf(known)) return false;
    }
    this.#ownWrites.delete(uidOf(object));
    if (known && uidOf(known) !== uidOf(object)) this.#remove(known, known);
    const previous = this.cache.set(object);
    this.#announce(previous ? { type: 'updated', object, previous } : { type: 'added', object });
    return true;
  }

  #remove(known: DeepReadonly<T>, final: DeepReadonly<T>): void {
    this.#ownWrites.delete(uidOf(known));
    this.cache.delete(known.metadata?.namespace ?? '', known.metadata?.name ?? '');
    this.#announce({ type: 'deleted', object: final });
  }

  #advance(resourceVersion: string): void {
    if (resourceVersion !== '') this.#resourceVersion = resourceVersion;
  }

  #announce(event: InformerEvent<T>): void {
    for (const listener of [...this.#listeners]) this.#tell(listener, event);
  }

  #tell(listener: Listener<T>, event: InformerEvent<T>): void {
    try {
      listener(event);
    } catch (error) {
      this.#onListenerError(error);
    }
  }
}

function uidOf(object: { readonly metadata?: { readonly uid?: string; readonly name?: string } }): string {
  return object.metadata?.uid ?? object.metadata?.name ?? '';
}

function versionOf(object: { readonly metadata?: { readonly resourceVersion?: string } }): number {
  return Number(object.metadata?.resourceVersion ?? 0);
}
