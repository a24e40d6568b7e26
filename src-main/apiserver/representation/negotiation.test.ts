import { request } from 'node:https';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { decodeProtobuf } from '../protobuf/decode.ts';
import { encodeMessage, envelope } from '../protobuf/encode.ts';
import { ProtoReader } from '../protobuf/reader.ts';
import { negotiate } from './negotiate.ts';

const protobuf = 'application/vnd.kubernetes.protobuf';
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const metadata = (type: string, list = '') => `${type};as=PartialObjectMetadata${list};v=v1;g=meta.k8s.io`;
const collection = '/api/v1/namespaces/default/configmaps';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
  for (const name of ['a', 'b']) {
    await callHttps(cluster, {
      method: 'POST',
      path: collection,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ metadata: { name, labels: { app: name } }, data: { key: `of ${name}` } }),
    });
  }
});

afterAll(() => cluster.close());

const get = (path: string, accept: string, more: Record<string, string> = {}) =>
  callHttps(cluster, { path, headers: { accept, ...more } });

test.each([
  ['', 'Object json'],
  ['*/*', 'Object json'],
  ['application/*', 'Object json'],
  [protobuf, 'Object protobuf'],
  [`${protobuf}, */*`, 'Object protobuf'],
  [`application/json, ${protobuf}`, 'Object json'],
  [`application/json;q=0.5, ${protobuf}`, 'Object protobuf'],
  [`text/html, application/xml;q=0.9, */*;q=0.8`, 'Object json'],
  [`*/*, application/yaml`, 'Object yaml'],
  [`application/json;q=0, application/yaml`, 'Object yaml'],
  [`${table},application/json`, 'Table json'],
  [`${protobuf};as=Table;v=v1;g=meta.k8s.io,${table}`, 'Table json'],
  [`application/json;as=Table;v=v2;g=meta.k8s.io,${table.replace('v=v1', 'v=v1beta1')}`, 'Table json'],
  [metadata(protobuf), 'PartialObjectMetadata protobuf'],
  [`application/json;as=Nonsense;v=v1;g=meta.k8s.io, ${protobuf}`, 'Object protobuf'],
  ['application/json;stream=watch', 'Object json'],
  ['application/json;stream=other, application/yaml', 'Object yaml'],
  ['Application/JSON; charset=utf-8', 'Object json'],
])('Accept: %s chooses %s', (accept, chosen) => {
  const { shape, encoding } = negotiate(accept, { kind: podKind });
  expect(`${shape} ${encoding}`).toBe(chosen);
});

test('a custom resource is never protobuf, its metadata alone is', () => {
  const kind = {
    group: 'stable.example.com',
    version: 'v1',
    kind: 'CronTab',
    verbs: ['get', 'list'],
  } as const;
  expect(negotiate(`${protobuf}, application/json`, { kind }).encoding).toBe('json');
  expect(negotiate(metadata(protobuf), { kind }).encoding).toBe('protobuf');
  expect(() => negotiate(protobuf, { kind })).toThrow('only the following media types are accepted');
});

test('get and list in protobuf say what they say in JSON', async () => {
  for (const path of [`${collection}/a`, collection, `${collection}?limit=1`]) {
    const asJson = await get(path, 'application/json');
    const asProtobuf = await get(path, protobuf);
    expect(asProtobuf.headers['content-type']).toBe(protobuf);
    const expected = asJson.json;
    // In protobuf, as in Go, the items of a list do not repeat its type.
    for (const item of expected.items ?? []) {
      delete item.apiVersion;
      delete item.kind;
    }
    // Tokens say when they were given out.
    if (expected.metadata.continue) expected.metadata.continue = expect.any(String);
    expect(decodeProtobuf(asProtobuf.bytes)).toEqual(expected);
  }
});

test('writes are answered in protobuf, refusals too', async () => {
  const body = envelope(
    { apiVersion: 'v1', kind: 'ConfigMap' },
    encodeMessage('core.v1.ConfigMap', { metadata: { name: 'written' }, data: { x: '1' } }),
  );
  const headers = { accept: protobuf, 'content-type': protobuf };
  const write = (method: string, path: string) => callHttps(cluster, { method, path, headers, body });
  const created = await write('POST', collection);
  expect(created.status).toBe(201);
  expect(decodeProtobuf(created.bytes)).toMatchObject({ kind: 'ConfigMap', data: { x: '1' } });
  const again = await write('POST', collection);
  expect([again.status, again.headers['content-type']]).toEqual([409, protobuf]);
  expect(decodeProtobuf(again.bytes)).toMatchObject({
    kind: 'Status',
    status: 'Failure',
    reason: 'AlreadyExists',
    code: 409,
    message: 'configmaps "written" already exists',
    details: { name: 'written', kind: 'configmaps' },
  });
  const patched = await callHttps(cluster, {
    method: 'PATCH',
    path: `${collection}/written`,
    headers: { accept: protobuf, 'content-type': 'application/merge-patch+json' },
    body: '{"data":{"y":"2"}}',
  });
  expect(decodeProtobuf(patched.bytes)).toMatchObject({ data: { x: '1', y: '2' } });
  const gone = await callHttps(cluster, {
    method: 'DELETE',
    path: `${collection}/written`,
    headers: { accept: protobuf },
  });
  expect(decodeProtobuf(gone.bytes)).toMatchObject({ kind: 'Status', status: 'Success' });
});

test('there is no table of what is only an answer', async () => {
  const review = await callHttps(cluster, {
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    headers: { accept: table, 'content-type': 'application/json' },
    body: JSON.stringify({ spec: { nonResourceAttributes: { path: '/', verb: 'get' } } }),
  });
  expect([review.status, review.json.reason]).toEqual([406, 'NotAcceptable']);
});

test('what cannot be had is refused with 406, before anything is done', async () => {
  const refused = await callHttps(cluster, {
    method: 'POST',
    path: collection,
    headers: { accept: 'text/html', 'content-type': 'application/json' },
    body: '{"metadata":{"name":"never"}}',
  });
  expect([refused.status, refused.headers['content-type'], refused.json]).toEqual([
    406,
    'application/json',
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message:
        'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      reason: 'NotAcceptable',
      code: 406,
    },
  ]);
  expect((await get(`${collection}/never`, 'application/json')).status).toBe(404);
  const watch = await get(`${collection}?watch=1`, 'text/html');
  expect(watch.json.message).toBe(
    'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
  );
  expect((await get(collection, `${protobuf};as=Table;v=v1;g=meta.k8s.io`)).status).toBe(406);
});

test('metadata alone, of one and of many, in JSON and in protobuf', async () => {
  const one = await get(`${collection}/a`, metadata('application/json'));
  expect(Object.keys(one.json)).toEqual(['kind', 'apiVersion', 'metadata']);
  expect(one.json).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
  expect(decodeProtobuf((await get(`${collection}/a`, metadata(protobuf))).bytes)).toEqual(one.json);
  const many = await get(`${collection}?labelSelector=app=b`, metadata(protobuf, 'List'));
  expect(decodeProtobuf(many.bytes)).toMatchObject({
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    items: [{ metadata: { name: 'b', labels: { app: 'b' } } }],
  });
  const wrong = await get(collection, metadata('application/json'));
  expect([wrong.status, wrong.json.message]).toEqual([
    406,
    'you requested PartialObjectMetadata, but the requested object is a list (*v1.ConfigMapList)',
  ]);
});

test('tables: v1 and v1beta1, and what belongs to a row', async () => {
  const beta = await get(collection, table.replace('v=v1', 'v=v1beta1'));
  expect([beta.json.kind, beta.json.apiVersion]).toEqual(['Table', 'meta.k8s.io/v1beta1']);
  const bad = await get(`${collection}?includeObject=All`, table);
  expect([bad.status, bad.json.message]).toEqual([
    400,
    `Unable to convert to Table as requested: includeObject: Invalid value: "All": must be 'Metadata', 'Object', 'None', or empty`,
  ]);
});

test('for people’s eyes JSON is indented', async () => {
  const plain = await get(`${collection}/a`, 'application/json');
  const pretty = await get(`${collection}/a?pretty=true`, 'application/json');
  const curl = await get(`${collection}/a`, '*/*', { 'user-agent': 'curl/8.0' });
  expect(pretty.text).toBe(`${JSON.stringify(plain.json, null, 2)}\n`);
  expect(curl.text).toBe(pretty.text);
  const off = await get(`${collection}/a?pretty=false`, '*/*', { 'user-agent': 'curl/8.0' });
  expect(off.text).toBe(plain.text);
});

test('a watch in protobuf: each event is a frame with its length before it', async () => {
  const path = `${collection}?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`;
  const { contentType, events } = await watchFrames(path, `${protobuf};stream=watch`, 3);
  expect(contentType).toBe(`${protobuf};stream=watch`);
  expect(events).toMatchObject([
    { type: 'ADDED', object: { kind: 'ConfigMap', metadata: { name: 'a' }, data: { key: 'of a' } } },
    { type: 'ADDED', object: { kind: 'ConfigMap', metadata: { name: 'b' }, data: { key: 'of b' } } },
    {
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    },
  ]);
  const partial = await watchFrames(`${collection}?watch=1`, metadata(protobuf), 2);
  expect(partial.events).toMatchObject([
    { type: 'ADDED', object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } },
    { type: 'ADDED', object: { kind: 'PartialObjectMetadata', metadata: { name: 'b' } } },
  ]);
  const future = path.replace('sendInitialEvents', 'resourceVersion=999999999&sendInitialEvents');
  const failed = await watchFrames(future, protobuf, 1);
  expect(failed.events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', status: 'Failure' } }]);
});

interface Frame {
  readonly type: string;
  readonly object: Record<string, unknown>;
}

/** Reads the first `count` events of a protobuf watch. */
function watchFrames(path: string, accept: string, count: number) {
  return new Promise<{ contentType: string | undefined; events: Frame[] }>((resolve, reject) => {
    const { hostname: host, port } = new URL(cluster.url);
    const { cert, key } = cluster.pki.admin;
    const call = request(
      { host, port, path, headers: { accept }, cert, key, ca: cluster.pki.ca.cert, agent: false },
      (message) => {
        let rest = Buffer.alloc(0);
        const events: Frame[] = [];
        message.on('data', (chunk: Buffer) => {
          rest = Buffer.concat([rest, chunk]);
          while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
            const end = 4 + rest.readUInt32BE(0);
            const event = new ProtoReader(rest.subarray(4, end)).fields();
            const raw = new ProtoReader(event.bytes(2)).fields().bytes(1);
            events.push({ type: event.text(1), object: decodeProtobuf(raw) });
            rest = rest.subarray(end);
          }
          if (events.length < count) return;
          resolve({ contentType: message.headers['content-type'], events });
          call.destroy();
        });
      },
    );
    call.on('error', reject);
    call.end();
  });
}
