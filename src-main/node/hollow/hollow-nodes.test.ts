import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../testing/world.ts';
import { type HollowCluster, startHollowCluster } from './hollow.test-fixture.ts';

let hollow: HollowCluster;

beforeEach(async () => {
  hollow = await startHollowCluster();
});
afterEach(() => hollow.close());

test('nodes register with a lease, say that they are simulated, and others can be wanted', async () => {
  const { cluster } = hollow;
  await hollow.readyNodes(2);
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
  hollow.nodes.want([2, 3, 4]);
  await hollow.readyNodes(4); // the first one falls silent; its Node is not ours to delete
  await cluster.client.delete(nodeKind, { name: 'h-1' });
  hollow.nodes.want([2, 3, 4, 5]);
  await hollow.readyNodes(4);
});

test('a pod given to a node runs, its log tells that it is simulated, and it goes when it is deleted', async () => {
  const { cluster } = hollow;
  await hollow.readyNodes(2);
  await hollow.runPod('p', { nodeName: 'h-2' });
  const pod = await cluster.client.get(podKind, { namespace: 'default', name: 'p' });
  expect(pod.status?.containerStatuses).toMatchObject([{ name: 'main', ready: true, restartCount: 0 }]);
  const log = async (query: Record<string, string> = {}) => {
    const path = '/api/v1/namespaces/default/pods/p/log';
    let text = '';
    for await (const chunk of cluster.client.transport.stream({ method: 'GET', path, query }))
      text += new TextDecoder().decode(chunk);
    return text;
  };
  const line =
    'Container main of pod default/p is simulated: node h-2 runs no containers, so there is no output.\n';
  expect(await log()).toBe(line);
  const startedAt = pod.status?.startTime?.replace('Z', '.000000000Z');
  expect(await log({ timestamps: 'true' })).toBe(`${startedAt} ${line}`);
  expect(await log({ tailLines: '0' })).toBe('');
  expect(await log({ sinceTime: '2999-01-01T00:00:00Z' })).toBe('');
  expect(await log({ limitBytes: '9' })).toBe('Container');
  await cluster.client.delete(podKind, { namespace: 'default', name: 'p' });
  await eventually(cluster.client, podKind, { until: (all) => all.length === 0 });
});

test('what nodes and pods use is made up: half of what is requested', async () => {
  const { transport } = hollow.cluster.client;
  await hollow.readyNodes(2);
  const resources = { requests: { cpu: '2', memory: '1Gi' } };
  await hollow.runPod('p', { containers: [{ name: 'main', image: 'anything', resources }] });
  const ask = async (what: string) => {
    let text = '';
    const path = `/api/v1/nodes/h-1/proxy/${what}`;
    for await (const chunk of transport.stream({ method: 'GET', path }))
      text += new TextDecoder().decode(chunk);
    return text;
  };
  const half = { cpu: { usageNanoCores: 1e9 }, memory: { workingSetBytes: 2 ** 29 } };
  expect(JSON.parse(await ask('stats/summary'))).toMatchObject({
    node: {
      nodeName: 'h-1',
      cpu: { usageNanoCores: 1.05e9 },
      memory: { workingSetBytes: 2 ** 29 + 2 ** 28 },
    },
    pods: [{ podRef: { name: 'p', namespace: 'default' }, ...half, containers: [{ name: 'main', ...half }] }],
  });
  const labels = 'container="main",namespace="default",pod="p"';
  expect(await ask('metrics/resource')).toContain(
    `container_memory_working_set_bytes{${labels}} ${2 ** 29} `,
  );
});
