import { objectPath, refOf } from '@shared/client/client.ts';
import { nameOf } from '@shared/kinds/examples.test-fixture.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callJson } from '../../testing/https.ts';
import { everyKind, patience } from '../every-kind.test-fixture.ts';

/** The first field of a spec or a status comes by a JSON patch as later ones do. */
let cluster: TestCluster;
const examples = await everyKind();

beforeAll(async () => {
  cluster = await startTestCluster();
  for (const { kind, object } of examples) await cluster.client.create(kind, object);
}, patience);

afterAll(() => cluster.close());

it('a node has a spec and a status to add to', async () => {
  const body = [{ op: 'add', path: '/spec/taints', value: [{ key: 'a', effect: 'NoSchedule' }] }];
  const type = 'application/json-patch+json';
  const patched = await callJson(cluster, { method: 'PATCH', path: '/api/v1/nodes/a', body, type });
  expect([patched.status, patched.json.spec.taints]).toEqual([200, [{ key: 'a', effect: 'NoSchedule' }]]);
});

it.each(
  examples.filter(({ kind }) => kind.hasStatus).map((example) => [nameOf(example.kind), example] as const),
)('%s has a status to add to', async (_name, { kind, object }) => {
  const { json } = await callJson(cluster, { method: 'GET', path: objectPath(kind, refOf(object)) });
  expect(json).toMatchObject({ spec: expect.any(Object), status: expect.any(Object) });
});
