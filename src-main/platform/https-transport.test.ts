import http2 from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Client } from '@shared/client/client.ts';
import { createInformer } from '@shared/client/reflector.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { createHttpsTransport, type HttpsTransport } from './https-transport.ts';

let cluster: TestCluster;
let transport: HttpsTransport;
beforeEach(async () => {
  cluster = await startTestCluster();
  const { ca, admin } = cluster.pki;
  transport = createHttpsTransport({ server: cluster.url, ca: ca.cert, cert: admin.cert, key: admin.key });
});
afterEach(async () => {
  transport.dispose();
  await cluster.close();
});

const configMap = (name: string) => ({ metadata: { name, namespace: 'default' }, data: { text: 'größe €' } });

test('reads and writes with a client certificate', async () => {
  const client = new Client(transport);
  await client.create(configMapKind, configMap('a'));
  const ref = { namespace: 'default', name: 'a' };
  await client.patch(configMapKind, ref, { type: 'merge', body: { data: { more: 'yes' } } });
  expect((await client.get(configMapKind, ref)).data).toEqual({ text: 'größe €', more: 'yes' });
});

test('a refusal is the server’s own Status', async () => {
  const refused = new Client(transport).get(configMapKind, { namespace: 'default', name: 'nobody' });
  await expect(refused).rejects.toMatchObject({
    reason: 'NotFound',
    message: 'configmaps "nobody" not found',
  });
});

test('many requests at once share one connection', async () => {
  const client = new Client(transport);
  await Promise.all(
    Array.from({ length: 50 }, (_, n) => client.create(configMapKind, configMap(`many-${n}`))),
  );
  expect((await client.list(configMapKind, { namespace: 'default' })).items).toHaveLength(50);
});

/** A way to the server that can be cut. */
async function startRelay(targetPort: number) {
  const sockets = new Set<Socket>();
  const relay = createServer((socket) => {
    const onward = connect(targetPort, '127.0.0.1');
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => undefined);
      end.on('close', () => sockets.delete(end));
    }
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  return {
    port: (relay.address() as AddressInfo).port,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    close: () => new Promise((resolve) => relay.close(resolve)),
  };
}

test('an informer goes on where it was after its connection was cut', async () => {
  const { ca, admin } = cluster.pki;
  const relay = await startRelay(Number(new URL(cluster.url).port));
  const server = `https://127.0.0.1:${relay.port}`;
  const cuttable = createHttpsTransport({ server, ca: ca.cert, cert: admin.cert, key: admin.key });
  const stop = new AbortController();
  const client = new Client(cuttable);
  const informer = createInformer({ client, kind: configMapKind, namespace: 'default', clock: systemClock });
  const running = informer.run(stop.signal);
  const seen: string[] = [];
  const arrival = (name: string) =>
    new Promise<void>((resolve) => {
      informer.onChange(({ object }) => {
        if (object.metadata?.name === name) resolve();
      });
    });
  informer.onChange(({ type, object }) => seen.push(`${type} ${object.metadata?.name}`));
  await informer.whenSynced();
  await cluster.client.create(configMapKind, configMap('before'));
  await arrival('before');
  relay.cut();
  await cluster.client.create(configMapKind, configMap('meanwhile'));
  await arrival('meanwhile');
  expect(seen).toEqual(['added before', 'added meanwhile']);
  stop.abort();
  await running;
  cuttable.dispose();
  relay.cut();
  await relay.close();
});

test('an aborted watch rejects with the reason of its signal', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const path = '/api/v1/namespaces/default/configmaps';
  const first = new Promise<void>((resolve) => {
    void cluster.client.create(configMapKind, configMap('first')).then(() => resolve());
  });
  const watching = transport.watch({ method: 'GET', path, signal: stop.signal }, () => undefined);
  await first;
  stop.abort(reason);
  await expect(watching).rejects.toBe(reason);
});

test('a server that cannot be trusted is not talked to', async () => {
  const { admin } = cluster.pki;
  const stranger = createHttpsTransport({ server: cluster.url, cert: admin.cert, key: admin.key });
  await expect(stranger.request({ method: 'GET', path: '/version' })).rejects.toThrow(/certificate/);
  stranger.dispose();
});

test('a server that is not there is an error, and no longer one once it is', async () => {
  const { ca, apiServer } = cluster.pki;
  const holder = http2.createSecureServer({ key: apiServer.key, cert: apiServer.cert });
  holder.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/json' });
    stream.end('{"major":"1"}');
  });
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  const other = createHttpsTransport({ server: `https://127.0.0.1:${port}`, ca: ca.cert });
  await expect(other.request({ method: 'GET', path: '/version' })).rejects.toThrow(/ECONNREFUSED/);
  await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
  expect(await other.request({ method: 'GET', path: '/version' })).toEqual({ major: '1' });
  other.dispose();
  await new Promise((resolve) => holder.close(resolve));
});
