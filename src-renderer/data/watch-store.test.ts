import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createWatchStore, type WatchSource } from './watch-store.ts';

interface FakeSource extends WatchSource<{ metadata?: { name?: string } }> {
  objects: { metadata: { name: string } }[];
  synced: boolean;
  change(): void;
  readonly signals: AbortSignal[];
  report(error: unknown): void;
}

/** A source in the test's hands, and a store over it whose drawings happen when told. */
function setup() {
  const listeners = new Set<() => void>();
  const source: FakeSource = {
    objects: [],
    synced: false,
    signals: [],
    list: () => [...source.objects],
    onChange: (listener) => {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },
    whenSynced: () => new Promise(() => undefined),
    run: (signal) => {
      source.signals.push(signal);
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    },
    change: () => {
      for (const listener of listeners) listener();
    },
    report: () => undefined,
    retryNow: vi.fn(),
  };
  const frames: (() => void)[] = [];
  const onIdle = vi.fn();
  const store = createWatchStore({
    lingerMs: 4000,
    onIdle,
    schedule: (flush) => {
      frames.push(flush);
      return () => void frames.splice(frames.indexOf(flush), 1);
    },
    createSource: (onResult) => {
      source.report = onResult;
      return source;
    },
  });
  const draw = () => {
    for (const flush of frames.splice(0)) flush();
  };
  return { store, source, frames, draw, onIdle };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('life', () => {
  test('nothing runs before somebody looks, and everybody shares one watch', () => {
    const { store, source } = setup();
    expect(source.signals).toHaveLength(0);
    store.subscribe(() => undefined);
    store.subscribe(() => undefined);
    expect(source.signals).toHaveLength(1);
  });

  test('the watch ends a while after the last one left', () => {
    const { store, source, onIdle } = setup();
    const leave = store.subscribe(() => undefined);
    leave();
    vi.advanceTimersByTime(3999);
    expect(source.signals[0]?.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(source.signals[0]?.aborted).toBe(true);
    expect(onIdle).toHaveBeenCalledOnce();
  });

  test('who comes back in time finds the watch still running', () => {
    const { store, source } = setup();
    store.subscribe(() => undefined)();
    vi.advanceTimersByTime(2000);
    store.subscribe(() => undefined);
    vi.advanceTimersByTime(10_000);
    expect(source.signals).toHaveLength(1);
    expect(source.signals[0]?.aborted).toBe(false);
  });
});

describe('news', () => {
  test('many changes become one drawing', () => {
    const { store, source, frames, draw } = setup();
    const listener = vi.fn();
    store.subscribe(listener);
    source.synced = true;
    source.objects = [{ metadata: { name: 'a' } }];
    for (let i = 0; i < 100; i += 1) source.change();
    expect(frames).toHaveLength(1);
    expect(store.get()).toEqual({ objects: [], synced: false, error: undefined });
    draw();
    expect(listener).toHaveBeenCalledOnce();
    expect(store.get()).toEqual({ objects: [{ metadata: { name: 'a' } }], synced: true, error: undefined });
  });

  test('a snapshot stays the same value until something changes', () => {
    const { store, source, draw } = setup();
    store.subscribe(() => undefined);
    source.synced = true;
    source.change();
    draw();
    expect(store.get()).toBe(store.get());
  });

  test('trouble is told, with the objects as last seen, and taken back when it is over', () => {
    const { store, source, draw } = setup();
    store.subscribe(() => undefined);
    source.synced = true;
    source.objects = [{ metadata: { name: 'a' } }];
    source.change();
    draw();
    const trouble = new Error('gone');
    source.report(trouble);
    draw();
    expect(store.get()).toMatchObject({ objects: [{ metadata: { name: 'a' } }], error: trouble });
    source.report(undefined);
    draw();
    expect(store.get().error).toBeUndefined();
  });
});
