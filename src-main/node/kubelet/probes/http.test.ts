import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkHttp } from './http.ts';

let server: Server;
let origin: string;

/** `/to?LOCATION` redirects there, `/status/CODE` answers with that code, `/slow` never answers. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://a');
    if (pathname === '/slow') return;
    if (pathname === '/to') response.writeHead(302, { location: decodeURIComponent(search.slice(1)) });
    else response.writeHead(Number(pathname.replace('/status/', '')));
    response.end(String(request.headers['x-own']));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const check = (path: string, timeoutMs = 5000) =>
  checkHttp({ url: `${origin}${path}`, headers: { 'x-own': 'kept' } }, timeoutMs);

test.each([
  ['/status/200', 'success', 'kept'],
  ['/status/500', 'failure', 'HTTP probe failed with statuscode: 500'],
  ['/to?/status/200', 'success', 'kept'],
  ['/to?/status/500', 'failure', 'HTTP probe failed with statuscode: 500'],
])('%s is a %s', async (path, outcome, output) => {
  expect(await check(path)).toEqual({ outcome, output });
});

// Not followed: nobody listens at 0.0.0.1.
test.each([
  ['/status/304', ''],
  ['/to?http://0.0.0.1/status/500', 'kept'],
])('%s is a success with a warning', async (path, body) => {
  const output = `Probe terminated redirects, Response body: ${body}`;
  expect(await check(path)).toEqual({ outcome: 'success', output, isWarning: true });
});

test('a redirect that leads to itself is given up, and what is slow behind a redirect is given up in time', async () => {
  expect(await check('/to')).toEqual({
    outcome: 'failure',
    output: `Get "${origin}/to": stopped after 10 redirects`,
  });
  expect(await check('/to?/slow', 200)).toEqual({
    outcome: 'failure',
    output: `Get "${origin}/slow": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  });
});
