import { controllerOf, type KubeObject } from '../api/meta.ts';
import type { DeepReadonly } from '../lib/types.ts';

/** The index values of one object; it is found under each of them. */
export type IndexFunction<T> = (object: DeepReadonly<T>) => readonly string[];

interface Index<T> {
  readonly valuesOf: IndexFunction<T>;
  readonly entries: Map<string, Set<DeepReadonly<T>>>;
}

/** Name of the index every cache has: uid of the owner marked as controller. */
const ownerUidIndex = 'ownerUid';

/**
 * Objects by namespace and name, with indexes. Holds at most one object under one name. Knows nothing of
 * versions: who writes into it decides what is newer.
 */
export class ObjectCache<T extends KubeObject> {
  readonly #byNamespace = new Map<string, Map<string, DeepReadonly<T>>>();
  readonly #indexes = new Map<string, Index<T>>();
  #all: readonly DeepReadonly<T>[] | undefined;

  constructor(indexes: Readonly<Record<string, IndexFunction<T>>> = {}) {
    const ownerUid: IndexFunction<T> = (object) => {
      const owner = controllerOf(object);
      return owner ? [owner.uid] : [];
    };
    for (const [name, valuesOf] of Object.entries({ ...indexes, [ownerUidIndex]: ownerUid })) {
      this.#indexes.set(name, { valuesOf, entries: new Map() });
    }
  }

  get(namespace: string, name: string): DeepReadonly<T> | undefined {
    return this.#byNamespace.get(namespace)?.get(name);
  }

  /** The array is a copy taken at this moment and must not be changed. */
  list(namespace?: string): readonly DeepReadonly<T>[] {
    if (namespace !== undefined) return [...(this.#byNamespace.get(namespace)?.values() ?? [])];
    this.#all ??= [...this.#byNamespace.values()].flatMap((bucket) => [...bucket.values()]);
    return this.#all;
  }

  byIndex(index: string, value: string): readonly DeepReadonly<T>[] {
    const entries = this.#indexes.get(index)?.entries;
    if (!entries) throw new Error(`assertion failed: no index "${index}"`);
    return [...(entries.get(value) ?? [])];
  }

  /** Puts the object under its name and returns what stood there. */
  set(object: DeepReadonly<T>): DeepReadonly<T> | undefined {
    const { namespace = '', name = '' } = object.metadata ?? {};
    const previous = this.#remove(namespace, name);
    const bucket = this.#byNamespace.get(namespace);
    if (bucket) bucket.set(name, object);
    else this.#byNamespace.set(namespace, new Map([[name, object]]));
    for (const { valuesOf, entries } of this.#indexes.values()) {
      for (const value of valuesOf(object)) {
        const found = entries.get(value);
        if (found) found.add(object);
        else entries.set(value, new Set([object]));
      }
    }
    return previous;
  }

  /** Removes the object of that name and returns it. */
  delete(namespace: string, name: string): DeepReadonly<T> | undefined {
    const removed = this.#remove(namespace, name);
    if (this.#byNamespace.get(namespace)?.size === 0) this.#byNamespace.delete(namespace);
    return removed;
  }

  #remove(namespace: string, name: string): DeepReadonly<T> | undefined {
    this.#all = undefined;
    const bucket = this.#byNamespace.get(namespace);
    const object = bucket?.get(name);
    if (!bucket || !object) return undefined;
    bucket.delete(name);
    for (const { valuesOf, entries } of this.#indexes.values()) {
      for (const value of valuesOf(object)) {
        const found = entries.get(value);
        found?.delete(object);
        if (found?.size === 0) entries.delete(value);
      }
    }
    return object;
  }
}
