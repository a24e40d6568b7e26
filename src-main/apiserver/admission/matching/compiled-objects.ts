import type { AnyKind } from '@shared/kinds/define.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { Entry, Store, StoreEvent } from '../../../store/store.ts';
import { type ApiObject, objectOf, storePrefix } from '../../objects.ts';

/**
 * Every stored object of a kind in a form made for use, by name. Kept up to date by a watch on the store, which
 * delivers before the writer of a change gets its answer: what was configured holds at once.
 */
export class CompiledObjects<T> implements Disposable {
  readonly #prefix: string;
  readonly #compile: (object: ApiObject) => T;
  readonly #byName = new Map<string, T>();
  readonly #watch: Disposable;
  readonly #listeners = new Set<(name: string, object: ApiObject | undefined) => void>();
  #waiting: StoreEvent[] | undefined = [];
  #sorted: readonly T[] | undefined;
  /** Resolves when what was stored at the beginning is known; undefined from then on. */
  loading: Promise<void> | undefined;

  constructor(store: Store, kind: AnyKind, compile: (object: ApiObject) => T) {
    this.#prefix = storePrefix(kind);
    this.#compile = compile;
    this.#watch = store.watch(this.#prefix, store.revision, (events) => {
      if (this.#waiting) this.#waiting.push(...events);
      else this.#apply(events);
    });
    this.loading = this.#load(store);
    this.loading.catch(() => undefined); // whoever asks first hears of it
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Sorted by name. */
  get all(): readonly T[] {
    this.#sorted ??= [...this.#byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
    return this.#sorted;
  }

  get(name: string): T | undefined {
    return this.#byName.get(name);
  }

  /** Tells of each object, as it is now; undefined: it is gone. */
  onChange(listener: (name: string, object: ApiObject | undefined) => void): void {
    this.#listeners.add(listener);
  }

  dispose(): void {
    this.#watch.dispose();
    this.#listeners.clear();
  }

  async #load(store: Store): Promise<void> {
    const { entries } = await store.range(this.#prefix);
    for (const entry of entries) this.#put(entry);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#apply(waiting);
    this.loading = undefined;
  }

  #apply(events: readonly StoreEvent[]): void {
    for (const event of events) {
      if (event.type === 'put') this.#put(event.entry);
      else this.#remove(event.previous.key.slice(this.#prefix.length));
    }
  }

  #put(entry: Entry): void {
    const name = entry.key.slice(this.#prefix.length);
    const object = objectOf(entry);
    this.#byName.set(name, this.#compile(object));
    this.#sorted = undefined;
    for (const listener of this.#listeners) listener(name, object);
  }

  #remove(name: string): void {
    this.#byName.delete(name);
    this.#sorted = undefined;
    for (const listener of this.#listeners) listener(name, undefined);
  }
}
