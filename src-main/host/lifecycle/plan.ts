import { randomUUID } from 'node:crypto';
import {
  type ClusterConfig,
  type ClusterNetwork,
  type DockerNodeConfig,
  hollowNodeName,
  hollowNumbers,
} from '@shared/rpc/cluster-config.ts';
import type { CreateCluster, NodeSize } from '@shared/rpc/contract.ts';
import type { ClusterOwner } from '../../docker/labels.ts';

/** The Docker network of a cluster, as it was made. */
export interface DockerNetwork {
  readonly name: string;
  /** e.g. `172.30.1.0/24` */
  readonly subnet: string;
  readonly gateway: string;
}

const podCidr = '10.244.0.0/16';
const serviceCidr = '10.96.0.0/16';
const clusterDomain = 'cluster.local';
/** Node addresses begin here: .1 is the gateway. */
const firstHostNumber = 11;

/** How Docker's containers, volumes and networks of this cluster are told from others. */
export const ownerOf = ({ name, uid }: ClusterConfig): ClusterOwner => ({ cluster: name, uid });

/** The configuration of a new cluster, before Docker has been asked for anything. Pure. */
export function planCluster(request: CreateCluster, given: { apiPort: number; now: Date }): ClusterConfig {
  return {
    version: 1,
    name: request.name,
    uid: randomUUID(),
    createdAt: given.now.toISOString(),
    driver: request.driver,
    apiPort: given.apiPort,
    nodes: [],
    hollowNodes: request.driver === 'hollow' ? request.nodes : (request.hollowNodes ?? 0),
    network: planNetwork(null),
    size: request.size ?? {},
  };
}

export function planNetwork(docker: DockerNetwork | null): ClusterNetwork {
  return {
    dockerNetwork: docker?.name ?? null,
    nodeSubnet: docker?.subnet ?? null,
    gateway: docker?.gateway ?? null,
    podCidr,
    serviceCidr,
    clusterDomain,
  };
}

/**
 * The next `ports.length` Docker nodes of a cluster: names, addresses and pod ranges that no present node has;
 * a removed node's number is used again. Pure.
 */
export function planNodes(config: ClusterConfig, ports: readonly number[]): readonly DockerNodeConfig[] {
  const taken = new Set(config.nodes.map(({ name }) => name));
  const planned: DockerNodeConfig[] = [];
  for (let number = 1; planned.length < ports.length; number += 1) {
    const name = `${config.name}-node-${number}`;
    const kubeletHostPort = ports[planned.length];
    if (taken.has(name) || kubeletHostPort === undefined) continue;
    planned.push({
      name,
      container: `slipway-${name}`,
      ip: addressIn(config.network.nodeSubnet ?? '', firstHostNumber + number - 1),
      podCidr: `10.244.${number}.0/24`,
      kubeletHostPort,
    });
  }
  return planned;
}

/** The configuration with `count` more simulated nodes; numbers of removed ones are used again first. Pure. */
export function withMoreHollow(config: ClusterConfig, count: number): ClusterConfig {
  const removedHollowNodes = (config.removedHollowNodes ?? []).slice(count);
  return { ...config, hollowNodes: config.hollowNodes + count, removedHollowNodes };
}

/** The configuration without one node, real or simulated. Pure. */
export function withoutNode(config: ClusterConfig, node: string): ClusterConfig {
  const left = hollowNumbers(config).filter((number) => hollowNodeName(config.name, number) !== node);
  const last = left.at(-1) ?? 0;
  const present = new Set(left);
  const removedHollowNodes = Array.from({ length: last }, (_, index) => index + 1).filter(
    (number) => !present.has(number),
  );
  return {
    ...config,
    nodes: config.nodes.filter(({ name }) => name !== node),
    hollowNodes: left.length,
    removedHollowNodes,
  };
}

/** Size of the nodes to add: what is named now, else what the cluster was created with. */
export function sizeOf(config: ClusterConfig, size: NodeSize | undefined): NodeSize {
  return size && Object.keys(size).length > 0 ? size : config.size;
}

/** The `number`-th address of a subnet of /24 or larger. */
function addressIn(subnet: string, number: number): string {
  const [base = ''] = subnet.split('/');
  return `${base.split('.').slice(0, 3).join('.')}.${number}`;
}
