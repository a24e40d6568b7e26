import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ApiError } from '../api/status.ts';
import { createFetchTransport } from './fetch-transport.ts';
import type { Transport, WireWatchEvent } from './transport.ts';

let server: http.Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

async function serve(handler: http.RequestListener): Promise<Transport> {
  const created = http.createServer(handler);
  server = created;
  await new Promise<void>((resolve) => created.listen(0, '127.0.0.1', resolve));
  const { port } = created.address() as AddressInfo;
  return createFetchTransport({
    baseUrl: `http://127.0.0.1:${port}/clusters/dev`,
    headers: { 'x-run': 'token' },
  });
}

const json = { 'content-type': 'application/json' };

test('sends method, path, query, headers and body, and decodes the answer', async () => {
  const transport = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      const seen = { method, url, type: headers['content-type'], run: headers['x-run'] };
      response.writeHead(200, json).end(JSON.stringify({ ...seen, body: Buffer.concat(chunks).toString() }));
    });
  });
  const answer = await transport.request({
    method: 'PATCH',
    path: '/api/v1/nodes/a',
    query: { dryRun: 'All', force: undefined },
    body: { spec: {} },
    patchType: 'merge',
  });
  expect(answer).toEqual({
    method: 'PATCH',
    url: '/clusters/dev/api/v1/nodes/a?dryRun=All',
    type: 'application/merge-patch+json',
    run: 'token',
    body: '{"spec":{}}',
  });
});

test('a refusal becomes the ApiError the server meant', async () => {
  const { status } = ApiError.of('Conflict', 'somebody was faster');
  const transport = await serve((_, response) => {
    response.writeHead(409, json).end(JSON.stringify(status));
  });
  await expect(transport.request({ method: 'GET', path: '/x' })).rejects.toMatchObject({ status });
});

test('a watch delivers events as they come and ends when the server ends it', async () => {
  const transport = await serve((_, response) => {
    response.writeHead(200, json);
    response.write('{"type":"ADDED","object":{"n":1}}\n{"type":"MOD');
    response.end('IFIED","object":{"n":2}}\n');
  });
  const events: WireWatchEvent[] = [];
  await transport.watch({ method: 'GET', path: '/api/v1/pods' }, (batch) => events.push(...batch));
  expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED']);
});

test('a connection that breaks inside a watch is an error', async () => {
  const transport = await serve((_, response) => {
    response.writeHead(200, json);
    response.write('{"type":"ADDED","object":{}}\n', () => response.destroy());
  });
  const watching = transport.watch({ method: 'GET', path: '/api/v1/pods' }, () => undefined);
  await expect(watching).rejects.toThrow();
  await expect(watching).rejects.not.toBeInstanceOf(ApiError);
});

test('an aborted watch rejects with its reason and tells the server', async () => {
  let gone: () => void = () => undefined;
  const left = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const stop = new AbortController();
  const reason = new Error('nobody looks any more');
  const transport = await serve((request, response) => {
    request.on('close', gone);
    response.writeHead(200, json);
    response.write('{"type":"ADDED","object":{}}\n');
  });
  const watching = transport.watch({ method: 'GET', path: '/x', signal: stop.signal }, () =>
    stop.abort(reason),
  );
  await expect(watching).rejects.toBe(reason);
  await left;
});

test('a stream hands out bytes as they arrive, and leaving early ends it', async () => {
  const transport = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('first line\n');
  });
  for await (const bytes of transport.stream({ method: 'GET', path: '/log' })) {
    expect(new TextDecoder().decode(bytes)).toBe('first line\n');
    break;
  }
});
