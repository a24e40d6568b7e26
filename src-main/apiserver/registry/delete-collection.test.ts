import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callJson, type HttpsAnswer } from '../../testing/https.ts';

/** Options of a deletion hold for each object of a collection; those of a list choose the objects. */
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

const path = '/api/v1/namespaces/default/secrets';
let revisions: string[] = [];

beforeEach(async () => {
  await remove('');
  revisions = [];
  for (const name of ['a', 'b', 'c']) {
    const { json } = await callJson(cluster, { method: 'POST', path, body: { metadata: { name } } });
    revisions.push(json.metadata.resourceVersion);
  }
});

const remove = (query: string, body?: object) =>
  callJson(cluster, { method: 'DELETE', path: `${path}${query}`, body });

const names = ({ json }: HttpsAnswer) =>
  (json.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);

const left = async () => names(await callJson(cluster, { method: 'GET', path }));

test.each([
  ['Foreground', ['foregroundDeletion']],
  ['Orphan', ['orphan']],
])('propagationPolicy %s marks each', async (propagationPolicy, finalizers) => {
  expect((await remove('', { propagationPolicy })).status).toBe(200);
  const { json } = await callJson(cluster, { method: 'GET', path });
  expect(
    json.items.map(({ metadata }: { metadata: { finalizers: string[] } }) => metadata.finalizers),
  ).toEqual([finalizers, finalizers, finalizers]);
  for (const name of ['a', 'b', 'c']) {
    const type = 'application/merge-patch+json';
    await callJson(cluster, {
      method: 'PATCH',
      path: `${path}/${name}`,
      body: { metadata: { finalizers: null } },
      type,
    });
  }
  expect(await left()).toEqual([]);
});

test('the grace period holds for each pod that runs', async () => {
  const namespace = 'default';
  for (const [name, nodeName] of [
    ['placed', 'n1'],
    ['pending', undefined],
  ] as const) {
    await cluster.client.create(podKind, {
      metadata: { name, namespace },
      spec: { containers: [{ name: 'main', image: 'web:1' }], ...(nodeName && { nodeName }) },
    });
  }
  const pods = '/api/v1/namespaces/default/pods';
  await callJson(cluster, { method: 'DELETE', path: `${pods}?gracePeriodSeconds=7` });
  const { json } = await callJson(cluster, { method: 'GET', path: pods });
  expect(
    json.items.map(({ metadata }: { metadata: Record<string, unknown> }) => [
      metadata.name,
      metadata.deletionGracePeriodSeconds,
    ]),
  ).toEqual([['placed', 7]]);
  await callJson(cluster, { method: 'DELETE', path: pods, body: { gracePeriodSeconds: 0 } });
  expect(names(await callJson(cluster, { method: 'GET', path: pods }))).toEqual([]);
});

test('preconditions hold for each, and the first that fails is told', async () => {
  const refused = await remove('?fieldSelector=metadata.name%3Da', {
    preconditions: { resourceVersion: revisions[1] },
  });
  expect([refused.status, refused.json.reason]).toEqual([409, 'Conflict']);
  expect(await left()).toEqual(['a', 'b', 'c']);
  const gone = await remove('?fieldSelector=metadata.name%3Da', {
    preconditions: { resourceVersion: revisions[0] },
  });
  expect(names(gone)).toEqual(['a']);
});

test('a limit leaves a token with which the rest goes', async () => {
  const first = await remove('?limit=2');
  expect([names(first), first.json.metadata.remainingItemCount]).toEqual([['a', 'b'], 1]);
  const rest = await remove(`?limit=2&continue=${first.json.metadata.continue}`);
  expect([names(rest), rest.json.metadata.continue]).toEqual([['c'], undefined]);
  expect(await left()).toEqual([]);
});

test('a limit and a dry run name those that would go', async () => {
  const revision = cluster.store.revision;
  expect(names(await remove('?limit=2&dryRun=All'))).toEqual(['a', 'b']);
  expect(names(await remove('?limit=2', { dryRun: ['All'] }))).toEqual(['a', 'b']);
  expect(cluster.store.revision).toBe(revision);
});

test('an exact resourceVersion chooses the objects of that time', async () => {
  const gone = await remove(`?resourceVersion=${revisions[1]}&resourceVersionMatch=Exact`);
  expect(names(gone)).toEqual(['a', 'b']);
  expect(await left()).toEqual(['c']);
});

test('options of the list and of the deletion are checked before anything goes', async () => {
  const badList = await remove('?resourceVersionMatch=Exact');
  expect([badList.status, badList.json.message]).toEqual([
    422,
    expect.stringContaining('ListOptions.meta.k8s.io "" is invalid'),
  ]);
  const badDeletion = await remove('', { propagationPolicy: 'Later' });
  expect([badDeletion.status, badDeletion.json.message]).toEqual([
    422,
    expect.stringContaining('DeleteOptions.meta.k8s.io "" is invalid'),
  ]);
  expect(await left()).toEqual(['a', 'b', 'c']);
});
