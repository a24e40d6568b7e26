import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';

/** https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3 */
let cluster: TestCluster;
let url: string;

beforeAll(async () => {
  cluster = await startTestCluster();
  const index = await get('/openapi/v3');
  url = index.json.paths['apis/apps/v1'].serverRelativeURL;
});

afterAll(() => cluster.close());

const get = (path: string, headers: Record<string, string> = {}) => callHttps(cluster, { path, headers });

const asked = 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf';
const answered = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';

test('the address with the hash may be kept for a year', async () => {
  const before = Date.now();
  const { status, headers } = await get(url);
  const hash = url.split('hash=')[1];
  expect([status, headers['cache-control'], headers.etag]).toEqual([200, 'public, immutable', `"${hash}"`]);
  const days = (Date.parse(String(headers.expires)) - before) / 86_400_000;
  expect(Math.round(days)).toBe(365);
  const plain = await get('/openapi/v3/apis/apps/v1');
  expect([plain.status, plain.headers['cache-control'], plain.headers.expires]).toEqual([
    200,
    'no-cache, private',
    undefined,
  ]);
});

test('another hash leads to the right one', async () => {
  const moved = await get('/openapi/v3/apis/apps/v1?hash=OLD');
  expect([moved.status, moved.headers.location]).toEqual([301, url]);
});

test('the document comes as protobuf to those who ask for it, at the same address', async () => {
  const { status, headers, bytes } = await get(url, { accept: asked });
  expect([status, headers['content-type'], headers['cache-control']]).toEqual([
    200,
    answered,
    'public, immutable',
  ]);
  expect(bytes.subarray(0, 7).toString('latin1')).toBe('\n\x053.0.0');
  const again = await get(url, { accept: asked, 'if-none-match': String(headers.etag) });
  expect(again.status).toBe(304);
});

test('what cannot be served is told', async () => {
  const refused = await get(url, { accept: 'text/html' });
  expect([refused.status, refused.json.message]).toEqual([
    406,
    `only the following media types are accepted: application/json, ${answered}`,
  ]);
});

test('the index has an ETag', async () => {
  const { headers } = await get('/openapi/v3');
  const again = await get('/openapi/v3', { 'if-none-match': String(headers.etag) });
  expect([again.status, again.text, again.headers.etag]).toEqual([304, '', headers.etag]);
});
