import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHollowKubelet } from '../../node/hollow/hollow-kubelet.ts';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  await cluster.client.create(nodeKind, { metadata: { name: 'a' } });
});
afterEach(() => cluster.close());

const ask = (path: string) =>
  cluster.client.transport.request({ method: 'GET', path: `/api/v1/nodes/${path}` });
const answer = (text: string) => ({
  async *[Symbol.asyncIterator]() {
    yield new TextEncoder().encode(text);
  },
  dispose: () => undefined,
});

test('a question about a node reaches its kubelet, and the answer comes back', async () => {
  const asked: string[] = [];
  cluster.server.registerLocalKubelet('a', {
    logs: async ({ path }) => {
      asked.push(path);
      return answer('{"node":{"nodeName":"a"}}');
    },
    upgrade: () => Promise.reject(new Error('not asked for')),
  });
  let text = '';
  for await (const chunk of cluster.client.transport.stream({
    method: 'GET',
    path: '/api/v1/nodes/a/proxy/stats/summary',
  }))
    text += new TextDecoder().decode(chunk);
  expect([asked, text]).toEqual([['/stats/summary'], '{"node":{"nodeName":"a"}}']);
});

test('other doors of the kubelet stay shut, unknown nodes and simulated ones say so', async () => {
  cluster.server.registerLocalKubelet(
    'a',
    createHollowKubelet({ nodeName: 'a', clock: systemClock, pods: () => [] }),
  );
  await expect(ask('a/proxy/exec/default/pod/main')).rejects.toMatchObject({ code: 404 });
  await expect(ask('b/proxy/stats/summary')).rejects.toMatchObject({
    code: 404,
    message: 'nodes "b" not found',
  });
  await expect(ask('a/proxy/pods')).rejects.toMatchObject({
    code: 404,
    message: expect.stringContaining('simulated'),
  });
});
