import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { requestTimeoutMs, within } from './deadline.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

test.each([
  ['', 60_000],
  ['timeout=0', 60_000],
  ['timeout=5s', 5000],
  ['timeout=1m', 60_000],
  ['timeout=1h', 60_000],
  ['timeout=1.5s', 1500],
  ['timeout=1s500ms', 1500],
])('%j leaves a request %d ms', (query, expected) => {
  expect(requestTimeoutMs(new URLSearchParams(query))).toBe(expected);
});

test.each([
  ['list', 'timeoutSeconds=5', 5000],
  ['list', 'timeoutSeconds=5&timeout=2s', 2000],
  ['list', 'timeoutSeconds=300', 60_000],
  ['list', 'timeoutSeconds=0', 60_000],
  ['deletecollection', 'timeoutSeconds=1', 1000],
  ['get', 'timeoutSeconds=1', 60_000],
])('%s with %j has %d ms', (verb, query, expected) => {
  expect(requestTimeoutMs(new URLSearchParams(query), verb)).toBe(expected);
});

test('a timeout that is none is refused', async () => {
  const { status, json } = await callHttps(cluster, { path: '/api/v1/pods?timeout=soon' });
  expect([status, json.reason, json.message]).toEqual([
    400,
    'BadRequest',
    'invalid timeout specified in the request URL - time: invalid duration "soon"',
  ]);
});

test('what takes longer than its time is answered with 504', async () => {
  await expect(within(1, new Promise(() => {}))).rejects.toMatchObject({
    status: { code: 504, reason: 'Timeout' },
  });
  // A body that never comes: only the time limit can end this.
  const answer = await exchange(
    'POST /api/v1/namespaces/default/configmaps?timeout=50ms HTTP/1.1\r\nHost: a\r\nConnection: close\r\n' +
      'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 504 /);
  expect(JSON.parse(unchunk(bodyOf(answer)) || bodyOf(answer))).toMatchObject({
    kind: 'Status',
    reason: 'Timeout',
    code: 504,
    message: 'Timeout: request did not complete within requested timeout - context deadline exceeded',
  });
});

test('the deletion of a list takes no longer than its timeoutSeconds', async () => {
  const answer = await exchange(
    'DELETE /api/v1/namespaces/default/configmaps?timeoutSeconds=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n' +
      'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 504 /);
});

test('too many headers get 431, as too large ones do', async () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-${index}`, 'a']));
  const counted = await callHttps(cluster, { path: '/version', headers: many });
  expect([counted.status, counted.json.kind, counted.json.code]).toEqual([431, 'Status', 431]);
  const session = connectHttp2(cluster.url, { ca: cluster.pki.ca.cert, ...cluster.pki.admin });
  const stream = session.request({ ':path': '/version', ...many });
  const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
  expect(head[':status']).toBe(431);
  session.close();
  const large = await callHttps(cluster, { path: '/version', headers: { 'x-large': 'a'.repeat(70_000) } });
  expect([large.status, large.json.kind]).toEqual([431, 'Status']);
});

test('commands travel in the address: 60 KB of it are taken, over HTTP/1.1 and HTTP/2', async () => {
  const path = `/version?command=${'a'.repeat(60 * 1024)}`;
  expect((await callHttps(cluster, { path })).status).toBe(200);
  const session = connectHttp2(cluster.url, { ca: cluster.pki.ca.cert, ...cluster.pki.admin });
  const stream = session.request({ ':path': path });
  const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
  expect(head[':status']).toBe(200);
  session.close();
});

test('a client that reads slowly gets a long list whole, without the server holding it in memory for him', async () => {
  for (let index = 0; index < 40; index += 1) {
    const body = JSON.stringify({
      metadata: { name: `long-${index}` },
      data: { text: String(index).repeat(100_000).slice(0, 100_000) },
    });
    const path = '/api/v1/namespaces/default/configmaps';
    await callHttps(cluster, { method: 'POST', path, headers: { 'content-type': 'application/json' }, body });
  }
  const answer = await exchange(
    'GET /api/v1/namespaces/default/configmaps HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'slowly',
  );
  const head = answer.slice(0, answer.indexOf('\r\n\r\n'));
  expect(head.toLowerCase()).toContain('transfer-encoding: chunked');
  const { items } = JSON.parse(unchunk(bodyOf(answer))) as { items: { metadata: { name: string } }[] };
  expect(items.filter(({ metadata }) => metadata.name.startsWith('long-'))).toHaveLength(40);
});

/** What the server sends on a connection of its own, until it ends that. */
async function exchange(text: string, how: 'slowly' | 'at once' = 'at once'): Promise<string> {
  const { hostname, port } = new URL(cluster.url);
  const { cert, key } = cluster.pki.admin;
  const socket = connectTls({ host: hostname, port: Number(port), ca: cluster.pki.ca.cert, cert, key });
  let received = '';
  let reads = 0;
  socket.setEncoding('latin1');
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.on('data', (chunk: string) => {
      received += chunk;
      reads += 1;
      if (how === 'at once' || reads % 50 !== 0) return;
      socket.pause();
      setTimeout(() => socket.resume(), 1);
    });
    socket.write(text);
  });
  return received;
}

function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}

function unchunk(text: string): string {
  let result = '';
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, end), 16);
    if (!(size > 0)) return result;
    result += text.slice(end + 2, end + 2 + size);
    at = end + 4 + size;
  }
}
