import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { eventually } from '../../testing/world.ts';
import { HollowNodes } from './hollow-nodes.ts';

let cluster: TestCluster;
let ended: AbortController;
let running: Promise<void>;
let nodes: HollowNodes;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  ended = new AbortController();
  nodes = new HollowNodes(
    {
      client: cluster.client,
      clock: systemClock,
      namePrefix: 'h',
      tainted: false,
      registerKubelet: (name, kubelet) => cluster.server.registerLocalKubelet(name, kubelet),
      log: () => undefined,
    },
    [1, 2],
  );
  running = nodes.run(ended.signal);
});
afterEach(async () => {
  ended.abort();
  await running;
  await cluster.close();
});

const readyNodes = (count: number) =>
  eventually(cluster.client, nodeKind, {
    until: (all) =>
      all.filter((node) =>
        node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
      ).length === count,
  });

test('nodes register with a lease, say that they are simulated, and others can be wanted', async () => {
  await readyNodes(2);
  const node = await cluster.client.get(nodeKind, { name: 'h-1' });
  const leases = await eventually(cluster.client, leaseKind, {
    namespace: 'kube-node-lease',
    until: (all) => all.length === 2 && all,
  });
  const own = leases.find(({ metadata }) => metadata?.name === 'h-1');
  expect(own?.metadata?.ownerReferences).toEqual([
    { apiVersion: 'v1', kind: 'Node', name: 'h-1', uid: node.metadata?.uid },
  ]);
  expect(node.metadata?.labels).toMatchObject({
    'slipway.dev/hollow': 'true',
    'kubernetes.io/hostname': 'h-1',
  });
  nodes.want([2, 3, 4]);
  await readyNodes(4); // the first one falls silent; its Node is not ours to delete
  await cluster.client.delete(nodeKind, { name: 'h-1' });
  nodes.want([2, 3, 4, 5]);
  await readyNodes(4);
});

test('a pod given to a node runs, its log tells that it is simulated, and it goes when it is deleted', async () => {
  await readyNodes(2);
  await cluster.client.create(podKind, {
    metadata: { name: 'p', namespace: 'default' },
    spec: { nodeName: 'h-2', containers: [{ name: 'main', image: 'anything' }] },
  });
  await eventually(cluster.client, podKind, { until: (all) => all[0]?.status?.phase === 'Running' });
  const pod = await cluster.client.get(podKind, { namespace: 'default', name: 'p' });
  expect(pod.status?.containerStatuses).toMatchObject([{ name: 'main', ready: true, restartCount: 0 }]);
  let log = '';
  for await (const chunk of cluster.client.transport.stream({
    method: 'GET',
    path: '/api/v1/namespaces/default/pods/p/log',
  }))
    log += new TextDecoder().decode(chunk);
  expect(log).toBe(
    'Container main of pod default/p is simulated: node h-2 runs no containers, so there is no output.\n',
  );
  await cluster.client.delete(podKind, { namespace: 'default', name: 'p' });
  await eventually(cluster.client, podKind, { until: (all) => all.length === 0 });
});
