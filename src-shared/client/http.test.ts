import { expect, test } from 'vitest';
import { ApiError } from '../api/status.ts';
import { encodeRequest, readWatch, refusal } from './http.ts';
import type { WireWatchEvent } from './transport.ts';

const events: WireWatchEvent[] = [
  { type: 'ADDED', object: { metadata: { name: 'größe-€-🚢' } } },
  { type: 'DELETED', object: { metadata: { name: 'b' } } },
];
const body = new TextEncoder().encode(events.map((event) => `${JSON.stringify(event)}\n`).join(''));

async function* pieces(bytes: Uint8Array, ...cuts: number[]): AsyncIterable<Uint8Array> {
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    yield bytes.subarray(from, cut);
    from = cut;
  }
}

test('a watch body may be cut at every byte, inside lines and inside characters', async () => {
  for (let cut = 0; cut <= body.length; cut += 1) {
    const got: WireWatchEvent[] = [];
    await readWatch(pieces(body, cut), (batch) => got.push(...batch));
    expect(got).toEqual(events);
  }
});

test('a body that ends inside an event is a broken connection, and what came before counts', async () => {
  const got: WireWatchEvent[] = [];
  const torn = readWatch(pieces(body.subarray(0, body.length - 5)), (batch) => got.push(...batch));
  await expect(torn).rejects.toThrow('broke off inside an event');
  expect(got).toEqual(events.slice(0, 1));
});

test('an ERROR event becomes an ApiError after the events before it', async () => {
  const status = ApiError.of('Expired', 'too old resource version: 1 (5)').status;
  const line = `${JSON.stringify(events[0])}\n${JSON.stringify({ type: 'ERROR', object: status })}\n`;
  const got: WireWatchEvent[] = [];
  const watch = readWatch(pieces(new TextEncoder().encode(line)), (batch) => got.push(...batch));
  await expect(watch).rejects.toMatchObject({ status });
  expect(got).toEqual(events.slice(0, 1));
});

test('a refusal without a Status is told with its code', () => {
  expect(refusal(503, '<html>bad gateway</html>').status).toMatchObject({
    code: 503,
    reason: 'ServiceUnavailable',
    message: 'the server answered 503: <html>bad gateway</html>',
  });
});

test('undefined query values are left out and a patch carries its content type', () => {
  const request = {
    method: 'PATCH',
    path: '/api/v1/nodes/a',
    query: { force: undefined, fieldManager: 'me' },
  } as const;
  expect(encodeRequest({ ...request, patchType: 'strategic', body: { a: 1 } })).toEqual({
    method: 'PATCH',
    target: '/api/v1/nodes/a?fieldManager=me',
    headers: { accept: 'application/json', 'content-type': 'application/strategic-merge-patch+json' },
    body: '{"a":1}',
  });
});
