import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '@shared/client/client.ts';
import type { Transport } from '@shared/client/transport.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { createManualClock } from '../../../testing/manual-clock.ts';
import { believedMs, KubeletAccess } from './access.ts';

let cluster: TestCluster;
let asked: string[];
const clock = createManualClock();

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  asked = [];
});
afterEach(() => cluster.close());

/** The API, and a note of what it was asked. */
function noting(transport: Transport): Transport {
  return Object.assign(Object.create(transport) as Transport, {
    request: (call: Parameters<Transport['request']>[0]) => {
      asked.push(call.path);
      return transport.request(call);
    },
  });
}

test('a stranger who tries over and over is asked for once in a while', async () => {
  const client = new Client(noting(cluster.client.transport));
  const access = new KubeletAccess({ client, clock, nodeName: 'node-1' });
  const server = createServer((message, response) => {
    access.require(message, '/metrics').then(
      () => response.end('known'),
      (error: unknown) => response.end(String(error)),
    );
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const knock = async (token: string) =>
    (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).text();
  const answers = await Promise.all(Array.from({ length: 5 }, () => knock('made-up')));
  answers.push(await knock('made-up'));
  expect(new Set(answers)).toEqual(new Set(['HttpError: Unauthorized']));
  expect(asked).toEqual(['/apis/authentication.k8s.io/v1/tokenreviews']);
  clock.advance(believedMs.stranger);
  await knock('made-up');
  await knock('another');
  expect(asked).toHaveLength(3);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
