import { connect as connectHttp2, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { Agent, request } from 'node:https';
import { connect as connectTls } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

const collection = '/api/v1/namespaces/default/configmaps';
const json = { 'content-type': 'application/json' };
const manifest = (name: string, data: Record<string, string> = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
const post = (body: string | Uint8Array, headers: Record<string, string> = json, query = '') =>
  callHttps(cluster, { method: 'POST', path: collection + query, headers, body });

test('a body beyond 3 MB is refused with 413, declared or not', async () => {
  const body = manifest('big', { blob: 'x'.repeat(3 * 1024 * 1024) });
  const declared = await post(body);
  expect([declared.status, declared.json.reason]).toEqual([413, 'RequestEntityTooLarge']);
  const chunked = await post(body, { ...json, 'transfer-encoding': 'chunked' });
  expect(chunked.status).toBe(413);
});

test('malformed JSON is pointed at by line', async () => {
  const { status, json: answer } = await post('{\n  "kind": "ConfigMap",\n  "metadata": {,}\n}');
  expect(answer).toMatchObject({
    kind: 'Status',
    reason: 'BadRequest',
    message: expect.stringContaining('line 3'),
  });
  expect(status).toBe(400);
});

test('YAML is accepted, and malformed YAML is pointed at by line', async () => {
  const yaml = { 'content-type': 'application/yaml' };
  const good = await post(
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-yaml\ndata:\n  a: "1"\n',
    yaml,
  );
  expect([good.status, good.json.data]).toEqual([201, { a: '1' }]);
  const bad = await post('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: [unclosed\ndata: {}\n', yaml);
  expect([bad.status, bad.json.message]).toEqual([400, expect.stringMatching(/yaml: line \d/)]);
  const answer = await callHttps(cluster, {
    path: `${collection}/from-yaml`,
    headers: { accept: 'application/yaml' },
  });
  expect(answer.headers['content-type']).toBe('application/yaml');
  expect(answer.text).toContain('\nmetadata:\n  name: from-yaml\n');
});

test('a YAML bomb is refused', async () => {
  const levels = Array.from(
    { length: 12 },
    (_, index) => `l${index + 1}: &l${index + 1} [${Array(10).fill(`*l${index}`).join(', ')}]`,
  );
  const bomb = `l0: &l0 x\n${levels.join('\n')}\n`;
  const { status } = await post(bomb, { 'content-type': 'application/yaml' });
  expect(status).toBe(400);
});

test('unknown and duplicate fields: a warning, a refusal, or silence', async () => {
  const body = (name: string) =>
    `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"},"data":{"a":"1","a":"2"},"colour":"blue"}`;
  const warned = await post(body('warned'));
  expect(warned.status).toBe(201);
  expect(warned.headers.warning).toBe(
    '299 - "duplicate field \\"data.a\\"", 299 - "unknown field \\"colour\\""',
  );
  const strict = await post(body('strict'), json, '?fieldValidation=Strict');
  expect([strict.status, strict.json.message]).toEqual([
    400,
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a", unknown field "colour"',
  ]);
  const silent = await post(body('silent'), json, '?fieldValidation=Ignore');
  expect([silent.status, silent.headers.warning]).toEqual([201, undefined]);
});

test('a warning may quote what no header can carry as it is', async () => {
  const body =
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"any"},"\ufffd\u732b\ud83d\ude00":1}';
  const warned = await post(body);
  expect(warned.status).toBe(201);
  const header = Buffer.from(String(warned.headers.warning), 'latin1').toString();
  expect(header).toBe('299 - "unknown field \\"\ufffd\u732b\ud83d\ude00\\""');
});

test.each([
  [
    'another content type',
    'POST',
    collection,
    { 'content-type': 'application/x-www-form-urlencoded' },
    'a=b',
    415,
    'UnsupportedMediaType',
  ],
  ['a patch that is none', 'PATCH', `${collection}/x`, json, '{}', 415, 'UnsupportedMediaType'],
  [
    'broken protobuf',
    'POST',
    collection,
    { 'content-type': 'application/vnd.kubernetes.protobuf' },
    'k8s\0\x0a\xff',
    400,
    'BadRequest',
  ],
  ['a JSON array', 'POST', collection, json, '[]', 400, 'BadRequest'],
  ['no body at all', 'POST', collection, json, '', 400, 'BadRequest'],
  ['the wrong kind', 'POST', collection, json, '{"apiVersion":"v1","kind":"Pod"}', 400, 'BadRequest'],
  [
    'the wrong version',
    'POST',
    collection,
    json,
    '{"apiVersion":"v2","kind":"ConfigMap"}',
    400,
    'BadRequest',
  ],
  ['a wrong type', 'POST', collection, json, '{"metadata":{"name":"a"},"data":7}', 400, 'BadRequest'],
  [
    'another namespace',
    'POST',
    collection,
    json,
    '{"metadata":{"name":"a","namespace":"b"}}',
    400,
    'BadRequest',
  ],
  ['an unknown path', 'GET', '/api/v1/nothing', {}, '', 404, 'NotFound'],
  ['an unknown group', 'GET', '/apis/nothing.example/v1/things', {}, '', 404, 'NotFound'],
  ['an unknown subresource', 'GET', `${collection}/a/nothing`, {}, '', 404, 'NotFound'],
  ['a path encoded wrongly', 'GET', '/api/v1/namespaces/%E0%A4%A', {}, '', 400, 'BadRequest'],
  ['a method the resource has not', 'PUT', collection, json, '{}', 405, 'MethodNotAllowed'],
  ['a method of no use', 'OPTIONS', collection, {}, '', 405, 'MethodNotAllowed'],
  ['an answer nobody makes', 'GET', collection, { accept: 'text/html' }, '', 406, 'NotAcceptable'],
  ['a malformed selector', 'GET', `${collection}?labelSelector=a%20in`, {}, '', 400, 'BadRequest'],
  ['a malformed limit', 'GET', `${collection}?limit=many`, {}, '', 400, 'BadRequest'],
  ['a malformed version', 'GET', `${collection}?watch=1&resourceVersion=x`, {}, '', 400, 'BadRequest'],
  [
    'an unknown dry run',
    'POST',
    `${collection}?dryRun=Some`,
    json,
    '{"metadata":{"name":"a"}}',
    422,
    'Invalid',
  ],
] as const)('%s gets its Status', async (_what, method, path, headers, body, code, reason) => {
  const answer = await callHttps(cluster, { method, path, headers: { ...headers }, ...(body && { body }) });
  expect(answer.json).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason });
  expect(answer.status).toBe(code);
});

test('names in paths cannot climb out of their collection', async () => {
  for (const name of ['..%2Fsecrets', '%2e%2e', 'a%2Fb']) {
    const { status, json: answer } = await callHttps(cluster, { path: `${collection}/${name}` });
    expect([status, answer.message]).toEqual([
      400,
      expect.stringMatching(/^invalid resource name ".*": \[may not /),
    ]);
  }
  const { status } = await post(manifest('a/../b'));
  expect(status).toBe(422);
});

test('keys of the prototype are data like any other', async () => {
  const { status } = await post(
    '{"metadata":{"name":"proto","labels":{"__proto__":"x"}},"data":{"__proto__":"1","constructor":"2"}}',
  );
  expect([201, 422]).toContain(status);
  expect(({} as Record<string, unknown>)['1']).toBeUndefined();
  expect((await callHttps(cluster, { path: '/readyz' })).status).toBe(200);
});

test('tables and partial metadata by Accept', async () => {
  await post(manifest('shown', { a: '1', b: '2' }));
  const accept = (as: string) => ({
    accept: `application/json;as=${as};v=v1;g=meta.k8s.io,application/json`,
  });
  const table = await callHttps(cluster, { path: `${collection}/shown`, headers: accept('Table') });
  expect(table.json).toMatchObject({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    columnDefinitions: [{ name: 'Name' }, { name: 'Data' }, { name: 'Age' }],
    rows: [{ cells: ['shown', 2, expect.any(String)], object: { kind: 'PartialObjectMetadata' } }],
  });
  const partial = await callHttps(cluster, {
    path: collection,
    headers: accept('PartialObjectMetadataList'),
  });
  expect(partial.json.kind).toBe('PartialObjectMetadataList');
  expect(partial.json.items.every((item: object) => !('data' in item))).toBe(true);
});

test('large answers are compressed for who accepts it', async () => {
  await post(manifest('large', { blob: 'x'.repeat(200_000) }));
  const plain = await callHttps(cluster, { path: `${collection}/large` });
  expect(plain.headers['content-encoding']).toBeUndefined();
  const { headers, bytes } = await compressed({ ':path': `${collection}/large` });
  expect([headers['content-encoding'], headers.vary]).toEqual(['gzip', 'accept-encoding']);
  expect(bytes.toString()).toBe(plain.text);
});

test('OpenAPI 2 in protobuf, as kubectl asks for it, compressed', async () => {
  const { headers, bytes } = await compressed({
    ':path': '/openapi/v2',
    accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  });
  expect(headers).toMatchObject({
    ':status': 200,
    'content-type': 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
    vary: 'Accept, accept-encoding',
  });
  expect(bytes.subarray(0, 5)).toEqual(Buffer.from([10, 3, ...Buffer.from('2.0')]));
  const refused = await callHttps(cluster, { path: '/openapi/v2', headers: { accept: 'text/html' } });
  expect([refused.status, refused.json.reason]).toEqual([406, 'NotAcceptable']);
});

async function compressed(
  head: OutgoingHttpHeaders,
): Promise<{ headers: IncomingHttpHeaders; bytes: Buffer }> {
  const session = connectHttp2(cluster.url, { ...cluster.pki.admin, ca: cluster.pki.ca.cert });
  const stream = session.request({ ...head, 'accept-encoding': 'gzip' });
  const chunks: Buffer[] = [];
  let headers: IncomingHttpHeaders = {};
  stream.on('response', (received) => {
    headers = received;
  });
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  session.close();
  return { headers, bytes: gunzipSync(Buffer.concat(chunks)) };
}

test('lists carry the objects exactly as they are read one by one', async () => {
  const list = await callHttps(cluster, { path: collection });
  for (const item of list.json.items) {
    const single = await callHttps(cluster, { path: `${collection}/${item.metadata.name}` });
    expect(item).toEqual(single.json);
  }
  expect(list.json).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
});

test('what is not HTTP, or never finishes, harms nobody', async () => {
  const sockets = [
    'GARBAGE\r\n\r\n',
    'GET / HTTP/1.1\r\nX-A: ',
    `GET / HTTP/1.1\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`,
  ].map((text) => {
    const socket = connectTls({
      port: Number(new URL(cluster.url).port),
      host: '127.0.0.1',
      ca: cluster.pki.ca.cert,
    });
    socket.on('error', () => {});
    socket.write(text);
    return socket;
  });
  expect((await callHttps(cluster, { path: '/readyz' })).text).toBe('ok');
  for (const socket of sockets) socket.destroy();
  expect((await cluster.client.list(configMapKind)).items.length).toBeGreaterThan(0);
});

test('an upgrade that is refused is answered as the method wants: HEAD without a body', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'websocket' };
  const answers = await Promise.all(
    ['HEAD', 'GET'].map((method) => callHttps(cluster, { method, path: `${collection}/none`, headers })),
  );
  expect(answers.map(({ status, text }) => [status, text.length > 0])).toEqual([
    [404, false],
    [404, true],
  ]);
});

test('large bodies both ways, one after the other over one connection of HTTP/1.1', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: cluster.pki.ca.cert, ...cluster.pki.admin });
  const body = manifest('echoed', { blob: 'x'.repeat(900_000) });
  const codes: (number | string)[] = [];
  for (let i = 0; i < 60; i++) codes.push(await postOver(agent, body));
  agent.destroy();
  expect(new Set(codes)).toEqual(new Set([201]));
});

/** The answer's code, or how the connection failed. */
function postOver(agent: Agent, body: string): Promise<number | string> {
  return new Promise((resolve) => {
    const { hostname: host, port } = new URL(cluster.url);
    const path = `${collection}?dryRun=All`;
    const sent = request({ host, port, path, method: 'POST', headers: json, agent }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.on('error', ({ message }) => resolve(message));
    sent.end(body);
  });
}

test('discovery, version and OpenAPI', async () => {
  const get = async (path: string, headers: Record<string, string> = {}) =>
    (await callHttps(cluster, { path, headers })).json;
  expect(await get('/version')).toMatchObject({
    major: '1',
    minor: '36',
    gitVersion: expect.stringMatching(/^v1\.36\.0\+slipway/),
    gitCommit: '$Format:%H$',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
  });
  expect(await get('/api')).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  expect(await get('/apis')).toMatchObject({ kind: 'APIGroupList' });
  expect(await get('/apis/apps')).toMatchObject({ kind: 'APIGroup', name: 'apps' });
  expect(await get('/apis/apps/v1')).toMatchObject({ kind: 'APIResourceList', groupVersion: 'apps/v1' });
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
  expect(await get('/apis', { accept })).toMatchObject({
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
  });
  const index = await get('/openapi/v3');
  const { serverRelativeURL } = index.paths['apis/apps/v1'];
  const document = await callHttps(cluster, { path: serverRelativeURL });
  expect(document.json.openapi).toMatch(/^3\./);
  const again = await callHttps(cluster, {
    path: serverRelativeURL,
    headers: { 'if-none-match': String(document.headers.etag) },
  });
  expect(again.status).toBe(304);
  expect(await get('/openapi/v2')).toMatchObject({ swagger: '2.0' });
});

test('health tells what is wrong, metrics what happened', async () => {
  expect((await callHttps(cluster, { path: '/readyz?verbose', identity: null })).text).toBe(
    [
      '[+]ping ok',
      '[+]log ok',
      '[+]etcd ok',
      '[+]poststarthook/crd-informer-synced ok',
      '[+]poststarthook/apiservice-registration-controller ok',
      '[+]poststarthook/bootstrap-controller ok',
      '[+]poststarthook/rbac/bootstrap-roles ok',
      '[+]poststarthook/priority-and-fairness-config-producer ok',
      '[+]shutdown ok',
      'readyz check passed\n',
    ].join('\n'),
  );
  expect((await callHttps(cluster, { path: '/readyz/etcd' })).text).toBe('ok');
  expect((await callHttps(cluster, { path: '/readyz/poststarthook/rbac/bootstrap-roles' })).text).toBe('ok');
  expect((await callHttps(cluster, { path: '/livez/ping' })).text).toBe('ok');
  expect((await callHttps(cluster, { path: '/metrics' })).text).toMatch(
    /apiserver_request_total\{code="201",[^}]*resource="configmaps"[^}]*verb="POST"[^}]*\} \d+/,
  );
});
