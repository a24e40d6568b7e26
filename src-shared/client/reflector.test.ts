import { afterEach, expect, test, vi } from 'vitest';
import { ApiError } from '../api/status.ts';
import { configMapKind } from '../kinds/core/config-map/kind.ts';
import type { ConfigMap } from '../kinds/wire.ts';
import { systemClock } from '../lib/clock.ts';
import type { DeepReadonly } from '../lib/types.ts';
import { Client } from './client.ts';
import { createInformer, type RunningInformer } from './reflector.ts';
import type { ApiRequest, Transport, WireWatchEvent } from './transport.ts';

/** Answers lists from `items` and keeps watches open for the test to feed; what only a broken network does. */
class ScriptedTransport implements Transport {
  items: ConfigMap[] = [];
  resourceVersion = '10';
  readonly watches: {
    request: ApiRequest;
    send: (...events: WireWatchEvent[]) => void;
    end: () => void;
    fail: (error: unknown) => void;
  }[] = [];
  lists = 0;
  /** What it makes of `sendInitialEvents`: no server knew it before 1.27, and many do not offer it. */
  initialEvents: 'refused' | 'unknown' | 'sent' = 'refused';
  readonly initialWatches: {
    send: (...events: WireWatchEvent[]) => void;
    end: () => void;
    fail: (error: unknown) => void;
  }[] = [];
  #onWatch: () => void = () => undefined;

  async request(): Promise<unknown> {
    this.lists += 1;
    return { metadata: { resourceVersion: this.resourceVersion }, items: [...this.items] };
  }

  watch(request: ApiRequest, onEvents: (events: readonly WireWatchEvent[]) => void): Promise<void> {
    const isInitial = request.query?.sendInitialEvents === 'true';
    if (isInitial && this.initialEvents === 'refused')
      return Promise.reject(ApiError.of('Invalid', 'sendInitialEvents is forbidden for watch'));
    return new Promise((resolve, reject) => {
      request.signal?.addEventListener('abort', () => reject(request.signal?.reason));
      if (isInitial) {
        this.initialWatches.push({ send: (...events) => onEvents(events), end: resolve, fail: reject });
        onEvents(this.items.map((item) => event('ADDED', item)));
        if (this.initialEvents === 'sent') onEvents([endOfInitialEvents(this.resourceVersion)]);
        return;
      }
      this.watches.push({ request, send: (...events) => onEvents(events), end: resolve, fail: reject });
      this.#onWatch();
    });
  }

  async *stream(): AsyncIterable<Uint8Array> {}

  async watchNumber(count: number) {
    while (this.watches.length < count) {
      await new Promise<void>((resolve) => {
        this.#onWatch = resolve;
      });
    }
    const watch = this.watches[count - 1];
    if (!watch) throw new Error('no such watch');
    return watch;
  }
}

function endOfInitialEvents(resourceVersion: string): WireWatchEvent {
  const annotations = { 'k8s.io/initial-events-end': 'true' };
  return { type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { resourceVersion, annotations } } };
}

let stop = new AbortController();
let running: Promise<void> | undefined;
afterEach(async () => {
  stop.abort();
  await running;
});

function start(transport: Transport): { informer: RunningInformer<ConfigMap>; seen: string[] } {
  stop = new AbortController();
  const clock = {
    ...systemClock,
    setTimer: (_ms: number, callback: () => void) => systemClock.setTimer(0, callback),
  };
  const informer = createInformer({ client: new Client(transport), kind: configMapKind, clock });
  const seen: string[] = [];
  informer.onChange((event) =>
    seen.push(`${event.type} ${event.object.metadata?.name} ${event.object.metadata?.resourceVersion}`),
  );
  running = informer.run(stop.signal);
  return { informer, seen };
}

function configMap(name: string, resourceVersion: number, uid = `uid-${name}`): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', uid, resourceVersion: String(resourceVersion) },
  };
}

function event(type: WireWatchEvent['type'], object: ConfigMap): WireWatchEvent {
  return { type, object: object as unknown as WireWatchEvent['object'] };
}

const names = (objects: readonly DeepReadonly<ConfigMap>[]) =>
  objects.map((object) => object.metadata?.name).sort();

test('where a watch can begin with what there is, no list is asked for', async () => {
  const transport = new ScriptedTransport();
  transport.initialEvents = 'sent';
  transport.items = [configMap('a', 5), configMap('b', 7)];
  const { informer, seen } = start(transport);
  await informer.whenSynced();
  expect(seen).toEqual(['added a 5', 'added b 7']);
  transport.initialWatches[0]?.send(event('MODIFIED', configMap('a', 12)));
  expect(seen.at(-1)).toBe('updated a 12');
  // Broken: it goes on from where it was, which needs no beginning.
  transport.initialWatches[0]?.fail(new Error('connection reset'));
  const watch = await transport.watchNumber(1);
  expect(watch.request.query?.resourceVersion).toBe('12');
  // Expired: everything anew, and only the differences are told.
  transport.items = [configMap('b', 7), configMap('c', 20)];
  transport.resourceVersion = '21';
  watch.fail(ApiError.of('Expired', 'too old'));
  await vi.waitFor(() => expect(seen.slice(3)).toEqual(['deleted a 12', 'added c 20']));
  expect([transport.lists, transport.initialWatches.length]).toEqual([0, 2]);
});

test('a watch that ends before it has told everything shows nothing of it', async () => {
  const transport = new ScriptedTransport();
  transport.initialEvents = 'unknown';
  transport.items = [configMap('half', 5)];
  const { informer, seen } = start(transport);
  expect(seen).toEqual([]);
  transport.items = [configMap('a', 5)];
  transport.initialWatches[0]?.end();
  await informer.whenSynced();
  expect([seen, transport.lists]).toEqual([['added a 5'], 1]);
});

test('a server that does not know of such watches is asked for a list, once and for all', async () => {
  const transport = new ScriptedTransport();
  transport.initialEvents = 'unknown';
  transport.items = [configMap('a', 5)];
  const { informer, seen } = start(transport);
  await informer.whenSynced();
  expect([seen, transport.lists]).toEqual([['added a 5'], 1]);
  const watch = await transport.watchNumber(1);
  watch.fail(ApiError.of('Expired', 'too old'));
  await transport.watchNumber(2);
  expect([transport.lists, transport.initialWatches.length]).toEqual([2, 1]);
});

test('lists, then watches from the version of the list', async () => {
  const transport = new ScriptedTransport();
  transport.items = [configMap('a', 3)];
  const { informer, seen } = start(transport);
  const watch = await transport.watchNumber(1);
  expect(watch.request.query).toMatchObject({
    resourceVersion: '10',
    watch: 'true',
    allowWatchBookmarks: 'true',
  });
  watch.send(event('ADDED', configMap('b', 11)), event('MODIFIED', configMap('a', 12)));
  watch.send(event('DELETED', configMap('b', 13)));
  expect(seen).toEqual(['added a 3', 'added b 11', 'updated a 12', 'deleted b 13']);
  expect(names(informer.list())).toEqual(['a']);
});

test('gives objects of a list the apiVersion and kind that lists leave out', async () => {
  const transport = new ScriptedTransport();
  transport.items = [{ metadata: { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '1' } }];
  const { informer } = start(transport);
  await informer.whenSynced();
  expect(informer.get('default', 'a')).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
});

test('resumes a broken watch where the last bookmark stood, without listing again', async () => {
  const transport = new ScriptedTransport();
  start(transport);
  const watch = await transport.watchNumber(1);
  watch.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '50' } } });
  watch.fail(new Error('connection reset'));
  const second = await transport.watchNumber(2);
  expect([second.request.query?.resourceVersion, transport.lists]).toEqual(['50', 1]);
});

test('resumes without listing when the server ends a watch in order', async () => {
  const transport = new ScriptedTransport();
  start(transport);
  const watch = await transport.watchNumber(1);
  watch.send(event('ADDED', configMap('a', 11)));
  watch.end();
  const second = await transport.watchNumber(2);
  expect([second.request.query?.resourceVersion, transport.lists]).toEqual(['11', 1]);
});

test('after 410 Gone lists again and tells only the differences', async () => {
  const transport = new ScriptedTransport();
  transport.items = [
    configMap('same', 1),
    configMap('changed', 2),
    configMap('gone', 3),
    configMap('replaced', 4),
  ];
  const { informer, seen } = start(transport);
  const watch = await transport.watchNumber(1);
  seen.length = 0;
  transport.items = [
    configMap('same', 1),
    configMap('changed', 20),
    configMap('new', 21),
    configMap('replaced', 22, 'other'),
  ];
  transport.resourceVersion = '30';
  watch.fail(ApiError.of('Expired', 'too old resource version: 10 (25)'));
  const second = await transport.watchNumber(2);
  expect(second.request.query?.resourceVersion).toBe('30');
  expect([...seen].sort()).toEqual([
    'added new 21',
    'added replaced 22',
    'deleted gone 3',
    'deleted replaced 4',
    'updated changed 20',
  ]);
  expect(names(informer.list('default'))).toEqual(['changed', 'new', 'replaced', 'same']);
});

test('takes the word of a server that was put back to an older state', async () => {
  const transport = new ScriptedTransport();
  transport.items = [configMap('a', 8)];
  const { informer } = start(transport);
  const watch = await transport.watchNumber(1);
  transport.items = [configMap('a', 2)];
  transport.resourceVersion = '4';
  watch.fail(ApiError.of('Gone', 'revision is in the future'));
  await transport.watchNumber(2);
  expect(informer.get('default', 'a')?.metadata?.resourceVersion).toBe('2');
});

test('a listener that joins late hears of every known object first, and of nothing after disposal', async () => {
  const transport = new ScriptedTransport();
  transport.items = [configMap('a', 1), configMap('b', 2)];
  const { informer } = start(transport);
  const watch = await transport.watchNumber(1);
  const heard: string[] = [];
  const subscription = informer.onChange(({ type, object }) =>
    heard.push(`${type} ${object.metadata?.name}`),
  );
  subscription.dispose();
  watch.send(event('ADDED', configMap('c', 11)));
  expect(heard).toEqual(['added a', 'added b']);
});

test('finds objects by the uid of their controller', async () => {
  const transport = new ScriptedTransport();
  const owned = configMap('owned', 1);
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'rs-uid', controller: true };
  transport.items = [
    { ...owned, metadata: { ...owned.metadata, ownerReferences: [owner] } },
    configMap('free', 2),
  ];
  const { informer } = start(transport);
  const watch = await transport.watchNumber(1);
  expect(names(informer.byIndex('ownerUid', 'rs-uid'))).toEqual(['owned']);
  watch.send(event('MODIFIED', configMap('owned', 12)));
  expect(informer.byIndex('ownerUid', 'rs-uid')).toEqual([]);
});

test('shows a write of our own at once, and not twice when the watch brings it', async () => {
  const transport = new ScriptedTransport();
  const { informer, seen } = start(transport);
  const watch = await transport.watchNumber(1);
  informer.observe(configMap('mine', 20));
  expect(names(informer.list())).toEqual(['mine']);
  watch.send(event('ADDED', configMap('other', 15)), event('ADDED', configMap('mine', 20)));
  expect(seen).toEqual(['added mine 20', 'added other 15']);
});

test('does not bring back an object of our own that the watch already saw deleted', async () => {
  const transport = new ScriptedTransport();
  const { informer } = start(transport);
  const watch = await transport.watchNumber(1);
  watch.send(event('ADDED', configMap('mine', 20)), event('DELETED', configMap('mine', 21)));
  informer.observe(configMap('mine', 20));
  expect(informer.list()).toEqual([]);
});

test('keeps a write of our own through a list that is older than it, and drops it by a newer one', async () => {
  const transport = new ScriptedTransport();
  const { informer } = start(transport);
  const watch = await transport.watchNumber(1);
  informer.observe(configMap('mine', 20));
  transport.resourceVersion = '15';
  watch.fail(ApiError.of('Expired', 'too old'));
  const second = await transport.watchNumber(2);
  expect(names(informer.list())).toEqual(['mine']);
  transport.resourceVersion = '25';
  second.fail(ApiError.of('Expired', 'too old'));
  await transport.watchNumber(3);
  expect(informer.list()).toEqual([]);
});

test('hides what we deleted until the server confirms it, even when older news of it arrives', async () => {
  const transport = new ScriptedTransport();
  transport.items = [configMap('a', 5)];
  const { informer, seen } = start(transport);
  const watch = await transport.watchNumber(1);
  informer.observeDeletion('default', 'a', 'uid-a');
  watch.send(event('MODIFIED', configMap('a', 11)), event('DELETED', configMap('a', 12)));
  watch.send(event('ADDED', configMap('a', 13, 'uid-reborn')));
  expect(seen).toEqual(['added a 5', 'deleted a 5', 'added a 13']);
  expect(informer.get('default', 'a')?.metadata?.uid).toBe('uid-reborn');
});

test('whenSynced rejects when its signal aborts first', async () => {
  const informer = createInformer({
    client: new Client(new ScriptedTransport()),
    kind: configMapKind,
    clock: systemClock,
  });
  const abort = new AbortController();
  const waiting = informer.whenSynced(abort.signal);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

test('retryNow ends the wait before the next attempt', async () => {
  const transport = new ScriptedTransport();
  stop = new AbortController();
  let pauses = 0;
  let onPause: () => void = () => undefined;
  const paused = new Promise<void>((resolve) => {
    onPause = resolve;
  });
  const clock = {
    now: systemClock.now,
    setTimer: (ms: number) => {
      if (ms >= 10_000) return { dispose: () => undefined }; // how long a watch may be silent, no pause
      pauses += 1;
      onPause();
      return { dispose: () => undefined };
    },
  };
  const informer = createInformer({ client: new Client(transport), kind: configMapKind, clock });
  running = informer.run(stop.signal);
  (await transport.watchNumber(1)).fail(new TypeError('network: refused'));
  await paused;
  expect(transport.watches).toHaveLength(1);
  informer.retryNow();
  await transport.watchNumber(2);
  informer.retryNow();
  expect([pauses, transport.watches.length]).toEqual([1, 2]);
});
