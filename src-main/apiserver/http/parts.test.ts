import { connect as connectHttp2 } from 'node:http2';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { decodeProtobuf } from '../protobuf/decode.ts';
import { givePartBack, partBytes, takePartBuffer } from './part-buffers.ts';

let cluster: TestCluster;
const namespaces = ['ants', 'bees', 'cats'];
const configMaps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;

/** Texts around the size of a part, and of one to four bytes a character. */
const sizes = [10, 90_000, partBytes - 300, partBytes + 5, 3 * partBytes, 1000, 70_000];
const textOf = (namespace: string, index: number) => {
  const letter = ['a', 'é', '€', '🐜'][index % 4] ?? '';
  return `${namespace}-${index}-`.padEnd((sizes[index] ?? 0) / Buffer.byteLength(letter), letter);
};
const expected = (namespace: string) => sizes.map((_, index) => textOf(namespace, index));

beforeAll(async () => {
  cluster = await startTestCluster();
  for (const namespace of namespaces) {
    await cluster.client.create(namespaceKind, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
    for (const index of sizes.keys()) {
      await cluster.client.create(configMapKind, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `map-${index}`, namespace },
        data: { text: textOf(namespace, index) },
      });
    }
  }
});

afterAll(() => cluster.close());

interface List {
  readonly items: readonly { readonly data: { readonly text: string } }[];
}
const textsOf = (list: List) => list.items.map(({ data }) => data.text);

const ways: Record<string, (namespace: string) => Promise<readonly string[]>> = {
  'HTTP/1.1': async (namespace) => textsOf((await callHttps(cluster, { path: configMaps(namespace) })).json),
  protobuf: async (namespace) => {
    const headers = { accept: 'application/vnd.kubernetes.protobuf' };
    const { bytes } = await callHttps(cluster, { path: configMaps(namespace), headers });
    return textsOf(decodeProtobuf(bytes) as unknown as List);
  },
  'HTTP/2, compressed': async (namespace) => {
    const session = connectHttp2(cluster.url, { ...cluster.pki.admin, ca: cluster.pki.ca.cert });
    const stream = session.request({ ':path': configMaps(namespace), 'accept-encoding': 'gzip' });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    session.close();
    return textsOf(JSON.parse((await promisify(gunzip)(Buffer.concat(chunks))).toString()));
  },
};

test('long lists that go out side by side in parts, every way at once, do not mix', async () => {
  const calls = [...Array(8).keys()].flatMap(() =>
    namespaces.flatMap((namespace) => Object.values(ways).map((way) => ({ namespace, way }))),
  );
  const answers = await Promise.all(calls.map(({ namespace, way }) => way(namespace)));
  for (const [index, { namespace }] of calls.entries()) expect(answers[index]).toEqual(expected(namespace));
});

test('a part is lent again once it was given back, and only if it is one', () => {
  const buffer = takePartBuffer();
  givePartBack(buffer.subarray(0, 10));
  expect(takePartBuffer().buffer).toBe(buffer.buffer);
  givePartBack(buffer);
  givePartBack(buffer);
  const [one, other] = [takePartBuffer(), takePartBuffer()];
  expect(one.buffer).not.toBe(other.buffer);
  const foreign = Buffer.allocUnsafeSlow(partBytes);
  givePartBack(foreign);
  expect(takePartBuffer().buffer).not.toBe(foreign.buffer);
});
