import type { DockerEngine } from './engine.ts';

/** On every container, volume and network that belongs to a cluster: the cluster's name. */
export const clusterLabel = 'slipway.dev/cluster';
/** Beside it: the cluster's uid, since another data folder may have a cluster of the same name. */
const uidLabel = 'slipway.dev/cluster-uid';
/** On a node's container and volume: the node's name. */
export const nodeLabel = 'slipway.dev/node';

/** Whose containers, volumes and network are meant. */
export interface ClusterOwner {
  readonly cluster: string;
  /** Leaves out what another cluster of the same name owns; without it the name alone decides. */
  readonly uid?: string | undefined;
}

type Labels = Readonly<Record<string, string>> | null | undefined;

/** Filter for the engine's list calls: what belongs to `cluster`, and to its node when one is named. */
export function ownedBy(cluster: string, node?: string): { label: string[] } {
  return { label: [`${clusterLabel}=${cluster}`, ...(node === undefined ? [] : [`${nodeLabel}=${node}`])] };
}

export function ownerLabels({ cluster, uid }: ClusterOwner): Record<string, string> {
  return { [clusterLabel]: cluster, ...(uid !== undefined && { [uidLabel]: uid }) };
}

/** Whether labels leave it open or say that the owner is this one. */
export function isOwnedBy({ cluster, uid }: ClusterOwner, labels: Labels): boolean {
  const other = labels?.[uidLabel];
  return labels?.[clusterLabel] === cluster && (uid === undefined || other === undefined || other === uid);
}

/** Removes volumes of a cluster, or of one of its nodes, that no container uses any more. */
export async function removeVolumes(engine: DockerEngine, owner: ClusterOwner, node?: string): Promise<void> {
  const { Volumes } = await engine.docker.listVolumes({ filters: ownedBy(owner.cluster, node) });
  const own = (Volumes ?? []).filter(({ Labels }) => isOwnedBy(owner, Labels));
  await Promise.all(own.map(({ Name }) => engine.docker.getVolume(Name).remove()));
}
