import { watch } from 'node:fs';
import type { Client } from '@shared/client/client.ts';
import type { Clock } from '@shared/lib/clock.ts';
import { type ClusterConfig, hollowNumbers } from '@shared/rpc/cluster-config.ts';
import type { ApiServer } from '../apiserver/server.ts';
import { HollowNodes } from '../node/hollow/hollow-nodes.ts';

export interface HollowLoopOptions {
  readonly config: ClusterConfig;
  /** Watched for a changed cluster.json, by which the host asks for other nodes. */
  readonly clusterDir: string;
  readonly client: Client;
  readonly server: ApiServer;
  readonly clock: Clock;
  readConfig(): Promise<ClusterConfig>;
  log(message: string, fields?: Record<string, unknown>): void;
}

/** Simulated nodes of the cluster, those that its configuration names, until `signal` aborts. */
export async function runHollowLoop(options: HollowLoopOptions, signal: AbortSignal): Promise<void> {
  const { config, client, server, clock, log } = options;
  const nodes = new HollowNodes(
    {
      client,
      clock,
      namePrefix: `${config.name}-hollow`,
      tainted: config.driver === 'docker',
      registerKubelet: (nodeName, kubelet) => server.registerLocalKubelet(nodeName, kubelet),
      log,
    },
    hollowNumbers(config),
  );
  const reread = () =>
    options.readConfig().then(
      (changed) => nodes.want(hollowNumbers(changed)),
      (error: unknown) => log('cluster.json not read', { error: String(error) }),
    );
  const watcher = watch(options.clusterDir, (_event, file) => {
    if (file === 'cluster.json') void reread();
  });
  try {
    await Promise.all([reread(), nodes.run(signal)]); // it may have changed before the watch began
  } finally {
    watcher.close();
  }
}
