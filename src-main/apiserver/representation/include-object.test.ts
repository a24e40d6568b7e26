import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps, callJson } from '../../testing/https.ts';

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#tableoptions-v1-meta */
let cluster: TestCluster;
const path = '/api/v1/namespaces/default/configmaps';

beforeAll(async () => {
  cluster = await startTestCluster();
  await callJson(cluster, { method: 'POST', path, body: { metadata: { name: 'a' }, data: { k: 'v' } } });
});

afterAll(() => cluster.close());

const metadata = expect.objectContaining({ name: 'a', uid: expect.any(String) });
const partial = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata };

test.each([
  ['', partial],
  ['?includeObject=', partial],
  ['?includeObject=Metadata', partial],
  ['?includeObject=Object', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { k: 'v' } }],
  ['?includeObject=None', null],
])('the rows of a table asked for with %j carry what they should', async (query, object) => {
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const one = await callHttps(cluster, { path: `${path}/a${query}`, headers });
  const list = await callHttps(cluster, { path: `${path}${query}`, headers });
  const watched = await callHttps(cluster, {
    path: `${path}?watch=true&timeoutSeconds=1${query.replace('?', '&')}`,
    headers,
  });
  const rows = [one.json, list.json, JSON.parse(watched.text.split('\n')[0] ?? '').object].map(
    (table) => table.rows[0].object,
  );
  expect(rows).toEqual([object, object, object]);
});
