import { request } from 'node:https';
import type { WireWatchEvent } from '@shared/client/transport.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { kinds } from '@shared/kinds/index.ts';
import { builtinSchemas } from '@shared/schema/registry.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { controlPlaneUser, createApiServer } from '../server.ts';

let cluster: TestCluster;
const stop: AbortController[] = [];

let logged: string[];

beforeEach(async () => {
  logged = [];
  cluster = await startTestCluster({ log: (message) => logged.push(message) });
});

afterEach(async () => {
  for (const controller of stop.splice(0)) controller.abort();
  await cluster.close();
});

const namespace = 'default';
const path = `/api/v1/namespaces/${namespace}/configmaps`;
const put = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) =>
  cluster.client.create(configMapKind, { metadata: { name, namespace, labels }, data });

interface Watching {
  readonly events: WireWatchEvent[];
  /** `ADDED a`, `MODIFIED a`, … */
  readonly words: string[];
  readonly ended: Promise<unknown>;
}

/** Watches in process; `ended` resolves to the refusal or undefined. */
function watch(query: Record<string, string>, at = path): Watching {
  const controller = new AbortController();
  stop.push(controller);
  const events: WireWatchEvent[] = [];
  const words: string[] = [];
  const ended = cluster.client.transport
    .watch({ method: 'GET', path: at, query, signal: controller.signal }, (batch) => {
      events.push(...batch);
      for (const { type, object } of batch) {
        const { metadata } = object as { metadata?: { name?: string } };
        words.push(metadata?.name === undefined ? type : `${type} ${metadata.name}`);
      }
    })
    .catch((error: unknown) => error);
  return { events, words, ended };
}

/** Resolves when the watch has told exactly this. */
async function expectWords(watching: Watching, words: string[]): Promise<void> {
  await vi.waitFor(() => expect(watching.words).toEqual(words), { timeout: 5000, interval: 5 });
}

test('a watch from a revision tells every later change, in order', async () => {
  const { metadata } = await put('a');
  await put('b');
  const watching = watch({ resourceVersion: metadata?.resourceVersion ?? '' });
  await put('c');
  await cluster.client.patch(
    configMapKind,
    { namespace, name: 'c' },
    { type: 'merge', body: { data: { x: '1' } } },
  );
  await cluster.client.delete(configMapKind, { namespace, name: 'a' });
  await expectWords(watching, ['ADDED b', 'ADDED c', 'MODIFIED c', 'DELETED a']);
  const revisions = watching.events.map(({ object }) =>
    Number((object as { metadata: { resourceVersion: string } }).metadata.resourceVersion),
  );
  expect(revisions).toEqual([...revisions].sort((one, two) => one - two));
  expect(revisions.at(-1)).toBe(cluster.store.revision);
});

test('without a revision the present comes first', async () => {
  await put('a');
  const watching = watch({});
  await expectWords(watching, ['ADDED a']);
  await put('b');
  await expectWords(watching, ['ADDED a', 'ADDED b']);
});

test('sendInitialEvents ends the present with a bookmark', async () => {
  await put('a');
  const watching = watch({
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
    allowWatchBookmarks: 'true',
  });
  await expectWords(watching, ['ADDED a', 'BOOKMARK']);
  expect(watching.events[1]?.object).toEqual({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: {
      resourceVersion: String(cluster.store.revision),
      creationTimestamp: null,
      annotations: { 'k8s.io/initial-events-end': 'true' },
    },
  });
});

test('an object that starts or stops matching arrives as ADDED or DELETED', async () => {
  const { metadata } = await put('a', {}, { app: 'x' });
  const watching = watch({ resourceVersion: metadata?.resourceVersion ?? '', labelSelector: 'app=x' });
  const label = (app: string) =>
    cluster.client.patch(
      configMapKind,
      { namespace, name: 'a' },
      { type: 'merge', body: { metadata: { labels: { app } } } },
    );
  await label('y');
  await label('z');
  await label('x');
  await expectWords(watching, ['DELETED a', 'ADDED a']);
});

test('a node sees its own pods: from the moment they are bound until they are gone', async () => {
  const pods = '/api/v1/pods';
  const start = String(cluster.store.revision);
  const mine = watch({ resourceVersion: start, fieldSelector: 'spec.nodeName=n1' }, pods);
  const other = watch({ resourceVersion: start, fieldSelector: 'spec.nodeName=n2' }, pods);
  const pod = { metadata: { name: 'p', namespace }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  await cluster.client.create(podKind, pod);
  await cluster.client.post(podKind, { namespace, name: 'p' }, 'binding', {
    target: { kind: 'Node', name: 'n1' },
  });
  await cluster.client.delete(podKind, { namespace, name: 'p' }, { gracePeriodSeconds: 0 });
  await expectWords(mine, ['ADDED p', 'DELETED p']);
  expect(other.words).toEqual([]);
});

test('one object is watched by name', async () => {
  await put('a');
  const watching = watch({ fieldSelector: 'metadata.name=b' });
  await put('b');
  await put('c');
  await cluster.client.delete(configMapKind, { namespace, name: 'b' });
  await expectWords(watching, ['ADDED b', 'DELETED b']);
});

test('a watch older than history is told that it expired', async () => {
  const { metadata } = await put('a');
  await put('b');
  await cluster.store.compact(cluster.store.revision);
  const restarted = createApiServer({
    store: cluster.store,
    kinds,
    schemas: builtinSchemas,
    tls: { certificate: '', key: '', clientCa: '' },
    serviceAccountKey: cluster.pki.serviceAccountKey,
  });
  const transport = restarted.localTransport(controlPlaneUser);
  const old = { method: 'GET', path, query: { resourceVersion: metadata?.resourceVersion } } as const;
  await expect(transport.watch(old, () => {})).rejects.toMatchObject({
    reason: 'Expired',
    code: 410,
    message: expect.stringMatching(/^too old resource version: /),
  });
  await restarted.close();
});

test('a watch that starts far back catches up through the store and stays live', async () => {
  const { metadata } = await put('first');
  for (let round = 0; round < 40; round++) {
    await Promise.all(Array.from({ length: 64 }, (_, index) => put(`m-${round}-${index}`)));
  }
  const watching = watch({ resourceVersion: metadata?.resourceVersion ?? '' });
  await put('last');
  await vi.waitFor(() => expect(watching.words.at(-1)).toBe('ADDED last'), { timeout: 10_000 });
  expect(watching.words).toHaveLength(40 * 64 + 1);
  expect(new Set(watching.words).size).toBe(40 * 64 + 1);
});

test('timeoutSeconds ends the watch in peace', async () => {
  const watching = watch({ timeoutSeconds: '1' });
  expect(await watching.ended).toBeUndefined();
});

test('the server’s end is the end of every watch', async () => {
  const watching = watch({});
  await put('a');
  await expectWords(watching, ['ADDED a']);
  await cluster.server.close();
  expect(await watching.ended).toBeUndefined();
});

test('over HTTPS events are lines of JSON, equal to what a read returns', async () => {
  const lines = httpsWatch(`${path}?watch=1&resourceVersion=${cluster.store.revision}`, {
    accept: 'application/json',
  });
  const created = await put('a', { text: 'ü "quoted"\n' });
  expect(await lines.next()).toEqual({ type: 'ADDED', object: created });
  lines.close();
});

test('a table is watched row by row', async () => {
  const lines = httpsWatch(`${path}?watch=1`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  await put('a', { x: '1' });
  const events: { object: { kind: string; rows: { cells: unknown[] }[] } }[] = [];
  for (;;) {
    const event = (await lines.next()) as (typeof events)[number];
    events.push(event);
    if (event.object.rows[0]?.cells[0] === 'a') break;
  }
  lines.close();
  expect(events.at(-1)).toMatchObject({
    type: 'ADDED',
    object: { kind: 'Table', rows: [{ cells: ['a', 1, expect.anything()] }] },
  });
});

test('a watcher that does not read is let go, the others go on', async () => {
  const stuck = httpsWatch(`${path}?watch=1&resourceVersion=${cluster.store.revision}`, {}, true);
  const healthy = watch({ resourceVersion: String(cluster.store.revision) });
  await stuck.opened;
  const blob = 'x'.repeat(900_000);
  for (let index = 0; index < 40; index++) await put(`big-${index}`, { blob });
  await expectWords(
    healthy,
    Array.from({ length: 40 }, (_, index) => `ADDED big-${index}`),
  );
  expect(logged).toContain('dropped a watcher that reads too slowly');
  stuck.close();
});

test('who asks for the present gets it whole, however much there is, and the changes behind it', async () => {
  const blob = 'x'.repeat(900_000);
  const names = Array.from({ length: 24 }, (_, index) => `big-${String(index).padStart(2, '0')}`);
  for (const name of names) await put(name, { blob });
  const query = 'watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
  const lines = httpsWatch(`${path}?${query}`, {});
  await lines.opened;
  await put('later');
  const heard: string[] = [];
  while (!heard.includes('ADDED later')) {
    const { type, object } = (await lines.next()) as {
      type: string;
      object: { metadata: { name?: string } };
    };
    heard.push(object.metadata.name === undefined ? type : `${type} ${object.metadata.name}`);
  }
  lines.close();
  const added = names.map((name) => `ADDED ${name}`);
  expect(heard).toEqual([...added, 'BOOKMARK', 'ADDED later']);
  expect(logged).not.toContain('dropped a watcher that reads too slowly');
});

/** A raw HTTP watch; `paused` leaves its bytes in the socket. */
function httpsWatch(at: string, headers: Record<string, string>, paused = false) {
  const { pki, url } = cluster;
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const pending: unknown[] = [];
  const waiting: ((value: unknown) => void)[] = [];
  let rest = '';
  const call = request(
    new URL(at, url),
    { ...pki.admin, ca: pki.ca.cert, headers, agent: false },
    (message) => {
      open();
      message.on('error', () => {});
      if (paused) return;
      message.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const value: unknown = JSON.parse(line);
          const waiter = waiting.shift();
          if (waiter) waiter(value);
          else pending.push(value);
        }
      });
    },
  );
  call.on('error', () => {});
  call.end();
  return {
    opened,
    next: () =>
      pending.length > 0 ? Promise.resolve(pending.shift()) : new Promise((resolve) => waiting.push(resolve)),
    close: () => call.destroy(),
  };
}
