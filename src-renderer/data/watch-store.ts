import type { KubeObject } from '@shared/api/meta.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { Readable } from './readable.ts';

/** The objects of one watch as they stand; a new value after every change. */
export interface Snapshot<T> {
  readonly objects: readonly DeepReadonly<T>[];
  /** The first list has arrived. */
  readonly synced: boolean;
  /** What the last call failed with; undefined while all is well. Objects then are as last seen. */
  readonly error: unknown;
}

/** What a store needs of an informer. */
export interface WatchSource<T extends KubeObject> {
  readonly synced: boolean;
  list(): readonly DeepReadonly<T>[];
  onChange(listener: () => void): { dispose(): void };
  whenSynced(signal?: AbortSignal): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
  /** Ends the wait before the next attempt. */
  retryNow(): void;
}

export interface WatchStore<T> extends Readable<Snapshot<T>> {
  /** The server answers again: whatever waits to try again tries now. */
  retryNow(): void;
}

export interface WatchStoreOptions<T extends KubeObject> {
  /** Builds the source of a new run; `onResult` hears how its calls fare. */
  createSource(onResult: (error: unknown) => void): WatchSource<T>;
  /** Defers `flush`, so that many changes become one drawing; returns how to call it off. */
  schedule(flush: () => void): () => void;
  /** Called once nobody has looked for `lingerMs`; the watch is over by then. */
  onIdle(): void;
  /** Time to wait before the watch of a view just left is ended. */
  lingerMs: number;
}

/**
 * A watch shared by everybody who looks at the same thing. It starts with the first subscriber and ends
 * `lingerMs` after the last one left. Changes are gathered and published once per drawing.
 */
export function createWatchStore<T extends KubeObject>(options: WatchStoreOptions<T>): WatchStore<T> {
  const listeners = new Set<() => void>();
  let snapshot: Snapshot<T> = { objects: [], synced: false, error: undefined };
  let error: unknown;
  let source: WatchSource<T> | undefined;
  let abort: AbortController | undefined;
  let cancelFlush: (() => void) | undefined;
  let lingerTimer: ReturnType<typeof setTimeout> | undefined;

  function flush(): void {
    cancelFlush = undefined;
    if (source === undefined) return;
    snapshot = {
      objects: source.synced ? source.list() : snapshot.objects,
      synced: source.synced || snapshot.synced,
      error,
    };
    for (const listener of [...listeners]) listener();
  }

  function changed(): void {
    cancelFlush ??= options.schedule(flush);
  }

  function start(): void {
    const controller = new AbortController();
    abort = controller;
    const current = options.createSource((result) => {
      if (error === result) return;
      error = result;
      changed();
    });
    source = current;
    const held = current.onChange(changed);
    current.whenSynced(controller.signal).then(changed, () => undefined);
    void current.run(controller.signal).finally(() => held.dispose());
  }

  function stop(): void {
    cancelFlush?.();
    cancelFlush = undefined;
    abort?.abort(new Error('nobody looks any more'));
    source = undefined;
    options.onIdle();
  }

  return {
    get: () => snapshot,
    retryNow: () => source?.retryNow(),
    subscribe(listener) {
      clearTimeout(lingerTimer);
      listeners.add(listener);
      if (source === undefined) start();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearTimeout(lingerTimer);
        lingerTimer = setTimeout(stop, options.lingerMs);
      };
    },
  };
}
