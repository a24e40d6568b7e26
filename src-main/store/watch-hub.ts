import type { Disposable } from '@shared/lib/disposable.ts';
import { eventKey, type StoredEvent } from './entry.ts';
import type { StoreEvent } from './store.ts';

type Listener = (events: readonly StoreEvent[]) => void;

interface Watcher {
  readonly prefix: string;
  readonly after: number;
  readonly listener: Listener;
  /** Events held back until the call that began the watch has returned; undefined from then on. */
  waiting: StoredEvent[] | undefined;
}

/** Hands changes to those who watch, each watcher's in revision order. */
export class WatchHub {
  readonly #watchers = new Set<Watcher>();
  readonly #onListenerError: (error: unknown) => void;

  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** Begins a watch. `past` comes first, as soon as the caller has returned, never during this call. */
  add(watch: { prefix: string; after: number; listener: Listener; past: StoredEvent[] }): Disposable {
    const { prefix, after, listener, past } = watch;
    const watcher: Watcher = { prefix, after, listener, waiting: past };
    this.#watchers.add(watcher);
    queueMicrotask(() => {
      const waiting = watcher.waiting ?? [];
      watcher.waiting = undefined;
      if (waiting.length > 0 && this.#watchers.has(watcher)) this.#call(watcher, waiting);
    });
    return { dispose: () => this.#watchers.delete(watcher) };
  }

  /** Whole transactions, in order, newer than all given before. */
  publish(events: readonly StoredEvent[]): void {
    for (const watcher of [...this.#watchers]) {
      if (!this.#watchers.has(watcher)) continue;
      const matching = events.filter(
        (event) => event.revision > watcher.after && eventKey(event).startsWith(watcher.prefix),
      );
      if (matching.length === 0) continue;
      if (watcher.waiting) watcher.waiting.push(...matching);
      else this.#call(watcher, matching);
    }
  }

  clear(): void {
    this.#watchers.clear();
  }

  /** A listener must not throw; one that does is reported and does not keep others from their events. */
  #call(watcher: Watcher, events: readonly StoredEvent[]): void {
    try {
      watcher.listener(events);
    } catch (error) {
      this.#onListenerError(error);
    }
  }
}
