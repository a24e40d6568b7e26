import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { createManualClock } from '../../testing/manual-clock.ts';

let cluster: TestCluster;
/** The revision behind the first object and before the second. */
let afterFirst: string;

const namespace = 'default';
const path = `/api/v1/namespaces/${namespace}/configmaps`;

beforeAll(async () => {
  cluster = await startTestCluster();
  const first = await put('first');
  afterFirst = first.metadata?.resourceVersion ?? '';
  await put('second', 'two');
});

afterAll(() => cluster.close());

function put(name: string, label = 'one') {
  return cluster.client.create(configMapKind, { metadata: { name, namespace, labels: { label } } });
}

function relabel(name: string, label: string) {
  const patch = { type: 'merge', body: { metadata: { labels: { label } } } } as const;
  return cluster.client.patch(configMapKind, { namespace, name }, patch);
}

interface Event {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: events carry objects of every shape
  readonly object: any;
}

/** Everything a watch of a second tells. */
async function watch(query: Record<string, string>, at = path, accept = 'application/json') {
  const parameters = new URLSearchParams({ watch: 'true', timeoutSeconds: '1', ...query });
  const { status, text, json } = await callHttps(cluster, {
    path: `${at}?${parameters}`,
    headers: { accept },
  });
  const lines = status === 200 ? text.split('\n').filter(Boolean) : [];
  const events = lines.map((line) => JSON.parse(line) as Event);
  return { status, events, words: events.map(wordOf), message: json?.message as string | undefined };
}

function wordOf({ type, object }: Event): string {
  if (type !== 'BOOKMARK') return [type, object.metadata?.name ?? object.reason].join(' ');
  const isEnd = object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true';
  return isEnd ? 'END' : 'BOOKMARK';
}

const present = ['ADDED first', 'ADDED second'];
const notOlder = { resourceVersionMatch: 'NotOlderThan' };

describe.concurrent('where a watch begins', () => {
  // https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-watch, #streaming-lists
  it.each<[Record<string, string>, readonly string[]]>([
    [{}, present],
    [{ resourceVersion: '0' }, present],
    [{ resourceVersion: 'AFTER' }, ['ADDED second']],
    [{ sendInitialEvents: 'true', ...notOlder }, present],
    [{ sendInitialEvents: 'true', allowWatchBookmarks: 'true', ...notOlder }, [...present, 'END']],
    [
      { sendInitialEvents: 'true', allowWatchBookmarks: 'true', ...notOlder, resourceVersion: '0' },
      [...present, 'END'],
    ],
    [
      { sendInitialEvents: 'true', allowWatchBookmarks: 'true', ...notOlder, resourceVersion: 'AFTER' },
      [...present, 'END'],
    ],
    [{ sendInitialEvents: 'false', ...notOlder }, []],
    [{ sendInitialEvents: 'false', ...notOlder, resourceVersion: 'AFTER' }, ['ADDED second']],
    [{ labelSelector: 'label=two' }, ['ADDED second']],
    [{ fieldSelector: 'metadata.name=first' }, ['ADDED first']],
  ])('%j', async (query, words) => {
    const at = query.resourceVersion === 'AFTER' ? { resourceVersion: afterFirst } : {};
    expect(await watch({ ...query, ...at })).toMatchObject({ status: 200, words });
  });

  it.each<[Record<string, string>, string]>([
    [
      { sendInitialEvents: 'true' },
      'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    ],
    [
      notOlder,
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    ],
    [
      { sendInitialEvents: 'true', resourceVersionMatch: 'Exact' },
      '[resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]',
    ],
    [
      { sendInitialEvents: 'true', ...notOlder, continue: 'x' },
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
    ],
  ])('%j is refused', async (query, why) => {
    expect(await watch(query)).toMatchObject({
      status: 422,
      message: `ListOptions.meta.k8s.io "" is invalid: ${why}`,
    });
  });

  it('a field that cannot be selected, and a revision that is none, are refused before anything is sent', async () => {
    expect((await watch({ fieldSelector: 'data.a=b' })).status).toBe(400);
    expect((await watch({ resourceVersion: 'x' })).status).toBe(400);
  });

  it('one object is watched by its own path, by the old paths and by a selector', async () => {
    const old = '/api/v1/watch/namespaces/default/configmaps';
    const answers = await Promise.all([
      watch({}, `${path}/first`),
      watch({ fieldSelector: 'metadata.name=first' }, `${path}/first`),
      watch({ watch: '' }, `${old}/first`),
      watch({ watch: 'True', fieldSelector: 'metadata.name=first' }),
    ]);
    for (const { words } of answers) expect(words).toEqual(['ADDED first']);
    expect((await watch({ watch: '' }, old)).words).toEqual(present);
    expect(await watch({ fieldSelector: 'metadata.name=second' }, `${path}/first`)).toMatchObject({
      status: 400,
      message: "fieldSelector metadata.name doesn't match requested name",
    });
  });
});

describe('what a watch tells', () => {
  it('objects that start or stop fitting come and go; the one that goes is shown as it was, at its new revision', async () => {
    const label = 'fitting';
    const resourceVersion = String(cluster.store.revision);
    await put('fit', 'before');
    const fitting = await relabel('fit', label);
    const gone = await relabel('fit', 'after');
    await relabel('fit', label);
    await cluster.client.delete(configMapKind, { namespace, name: 'fit' });
    const { events, words } = await watch({ labelSelector: `label=${label}`, resourceVersion });
    expect(words).toEqual(['ADDED fit', 'DELETED fit', 'ADDED fit', 'DELETED fit']);
    expect(events[1]?.object.metadata).toMatchObject({
      labels: fitting.metadata?.labels,
      resourceVersion: gone.metadata?.resourceVersion,
    });
  });

  it('all watchers hear the same in the same order', async () => {
    const resourceVersion = String(cluster.store.revision);
    const names = Array.from({ length: 20 }, (_, index) => `order-${index}`);
    await Promise.all(names.map((name) => put(name, 'order')));
    await Promise.all(names.map((name) => cluster.client.delete(configMapKind, { namespace, name })));
    const query = { resourceVersion, labelSelector: 'label=order' };
    const [one, ...others] = await Promise.all(Array.from({ length: 6 }, () => watch(query)));
    expect(one?.words).toHaveLength(40);
    for (const other of others) expect(other.events).toEqual(one?.events);
  });

  it('metadata alone, bookmarks included', async () => {
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const query = { sendInitialEvents: 'true', allowWatchBookmarks: 'true', ...notOlder };
    const { events, words } = await watch({ ...query, fieldSelector: 'metadata.name=first' }, path, accept);
    expect(words).toEqual(['ADDED first', 'END']);
    expect(events.map(({ object }) => [object.kind, object.apiVersion])).toEqual([
      ['PartialObjectMetadata', 'meta.k8s.io/v1'],
      ['PartialObjectMetadata', 'meta.k8s.io/v1'],
    ]);
  });

  it('a bookmark shortly before the end, from which the next watch goes on', async () => {
    const resourceVersion = String(cluster.store.revision);
    const { events, words } = await watch({
      resourceVersion,
      allowWatchBookmarks: 'true',
      timeoutSeconds: '3',
    });
    expect(words).toEqual(['BOOKMARK']);
    expect(events[0]?.object).toEqual({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { resourceVersion, creationTimestamp: null },
    });
  });

  it('a bookmark every minute, to those who asked', async () => {
    const clock = createManualClock();
    const quiet = await startTestCluster({ clock, https: false });
    const stop = new AbortController();
    const open = (query: Record<string, string>) => {
      const words: string[] = [];
      const at = { resourceVersion: String(quiet.store.revision) };
      const request = { method: 'GET', path, query: { ...at, ...query }, signal: stop.signal } as const;
      const ended = quiet.client.transport.watch(request, (events) => words.push(...events.map(wordOf)));
      return { words, ended: ended.catch(() => undefined) };
    };
    const asked = open({ allowWatchBookmarks: 'true' });
    const silent = open({});
    await quiet.client.create(configMapKind, { metadata: { name: 'a', namespace } });
    await vi.waitFor(() => expect([asked.words, silent.words]).toEqual([['ADDED a'], ['ADDED a']]));
    clock.advance(60_000);
    clock.advance(60_000);
    await vi.waitFor(() => expect(asked.words).toEqual(['ADDED a', 'BOOKMARK', 'BOOKMARK']));
    expect(silent.words).toEqual(['ADDED a']);
    stop.abort();
    await Promise.all([asked.ended, silent.ended]);
    await quiet.close();
  });
});
