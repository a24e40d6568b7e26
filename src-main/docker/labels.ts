import type { DockerEngine } from './engine.ts';

/** On every container, volume and network that belongs to a cluster: the cluster's name. */
export const clusterLabel = 'slipway.dev/cluster';
/** On a node's container and volume: the node's name. */
export const nodeLabel = 'slipway.dev/node';

/** Filter for the engine's list calls: what belongs to `cluster`, and to its node when one is named. */
export function ownedBy(cluster: string, node?: string): { label: string[] } {
  return { label: [`${clusterLabel}=${cluster}`, ...(node === undefined ? [] : [`${nodeLabel}=${node}`])] };
}

/** Removes volumes of a cluster, or of one of its nodes, that no container uses any more. */
export async function removeVolumes(engine: DockerEngine, cluster: string, node?: string): Promise<void> {
  const { Volumes } = await engine.docker.listVolumes({ filters: ownedBy(cluster, node) });
  await Promise.all((Volumes ?? []).map(({ Name }) => engine.docker.getVolume(Name).remove()));
}
