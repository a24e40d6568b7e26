import { createHash } from 'node:crypto';
import { kinds } from '@shared/kinds/index.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { builtinSchemas } from '@shared/schema/registry.ts';
import { expect, test } from 'vitest';
import { createDocuments } from '../discovery.ts';
import { KindTable } from '../kind-table.ts';
import { openApiFormat } from './accept.ts';

const asked = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
const answered = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

test.each([
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
  ['text/html, application/xml;q=0.9, */*;q=0.8', 'application/json'],
  ['application/json, */*', 'application/json'],
  [asked, answered],
  [answered, answered],
  [`application/json;q=0.5,${asked}`, answered],
  [`${asked};q=0.1, application/json`, 'application/json'],
  [`${asked};q=0, application/json;q=0.1`, 'application/json'],
])('Accept %j is answered with %s', (accept, contentType) => {
  expect(openApiFormat(2, accept).contentType).toBe(contentType);
});

test.each(['text/html', 'application/json;q=0', 'application/vnd.kubernetes.protobuf', 'toString'])(
  'Accept %j cannot be served',
  (accept) => {
    expect(() => openApiFormat(2, accept)).toThrow(
      `only the following media types are accepted: application/json, ${answered}`,
    );
  },
);

test('each encoding is made once and has an ETag of its own', async () => {
  const documents = createDocuments(new KindTable(kinds), builtinSchemas, { clock: systemClock });
  const get = async (accept: string, ifNoneMatch?: string) => {
    const request = { path: '/openapi/v2', accept, query: new URLSearchParams() };
    const answer = await documents.find(ifNoneMatch === undefined ? request : { ...request, ifNoneMatch });
    if (answer?.type !== 'raw') throw new Error('no document');
    return answer;
  };
  const [protobuf, json] = [await get(asked), await get('application/json')];
  const etagOf = (body: string | Uint8Array) =>
    `"${createHash('sha256').update(body).digest('hex').slice(0, 32).toUpperCase()}"`;
  expect(protobuf.headers).toEqual({ etag: etagOf(protobuf.body), vary: 'Accept' });
  expect(json.headers).toEqual({ etag: etagOf(json.body), vary: 'Accept' });
  expect((await get(asked)).body).toBe(protobuf.body);
  expect((await get(asked, protobuf.headers?.etag)).code).toBe(304);
  expect((await get(asked, json.headers?.etag)).code).toBe(200);
});
