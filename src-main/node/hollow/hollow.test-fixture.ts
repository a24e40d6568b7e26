import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod, PodSpec } from '@shared/kinds/wire.ts';
import { systemClock } from '@shared/lib/clock.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { eventually } from '../../testing/world.ts';
import { HollowNodes } from './hollow-nodes.ts';

/** A cluster with simulated nodes `h-1`, `h-2`, without controllers and scheduler. */
export interface HollowCluster {
  readonly cluster: TestCluster;
  readonly nodes: HollowNodes;
  /** Resolves when so many nodes are Ready. */
  readyNodes(count: number): Promise<unknown>;
  /** Creates a pod on a node and resolves when it runs. */
  runPod(name: string, spec: Partial<PodSpec>): Promise<void>;
  /** Resolves to the pod when it is as asked. */
  podWhen(name: string, isSo: (pod: DeepReadonly<Pod>) => boolean): Promise<DeepReadonly<Pod>>;
  close(): Promise<void>;
}

export async function startHollowCluster(): Promise<HollowCluster> {
  const cluster = await startTestCluster({ https: false });
  const { client, server } = cluster;
  const nodes = new HollowNodes(
    {
      client,
      clock: systemClock,
      namePrefix: 'h',
      tainted: false,
      registerKubelet: (name, kubelet) => server.registerLocalKubelet(name, kubelet),
      log: () => undefined,
    },
    [1, 2],
  );
  const ended = new AbortController();
  const running = nodes.run(ended.signal);
  const podWhen = (name: string, isSo: (pod: DeepReadonly<Pod>) => boolean) =>
    eventually(client, podKind, {
      namespace: 'default',
      until: (all) => all.find((pod) => pod.metadata?.name === name && isSo(pod)),
    });
  return {
    cluster,
    nodes,
    podWhen,
    readyNodes: (count) =>
      eventually(client, nodeKind, {
        until: (all) =>
          all.filter(({ status }) =>
            status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'),
          ).length === count,
      }),
    async runPod(name, spec) {
      await client.create(podKind, {
        metadata: { name, namespace: 'default' },
        spec: { nodeName: 'h-1', containers: [{ name: 'main', image: 'anything' }], ...spec },
      });
      await podWhen(name, ({ status }) => status?.phase === 'Running');
    },
    async close() {
      ended.abort();
      await running;
      await cluster.close();
    },
  };
}
