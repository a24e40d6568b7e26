import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { evictAll } from './drain.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

test('pods that go with their namespace do not keep a node from being drained', async () => {
  const { client } = cluster;
  const namespace = 'going';
  const ref = { namespace, name: 'p' };
  await client.create(nodeKind, { metadata: { name: 'n' } });
  await client.create(namespaceKind, { metadata: { name: namespace } });
  await client.create(serviceAccountKind, { metadata: { namespace, name: 'default' } });
  await client.create(podKind, {
    metadata: ref,
    spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] },
  });
  await client.delete(namespaceKind, { name: namespace });
  const notes: string[] = [];
  await evictAll(client, 'n', {
    reporter: {
      log: () => {},
      skip: () => {},
      note(text) {
        notes.push(text);
        // As the namespace's controller does, once the pod was seen to wait.
        if (notes.length === 1) void client.delete(podKind, ref, { gracePeriodSeconds: 0 });
      },
    },
    signal: new AbortController().signal,
  });
  expect(notes.at(0)).toBe('1 pods left');
  expect(notes.at(-1)).toBe('1 moved');
});
