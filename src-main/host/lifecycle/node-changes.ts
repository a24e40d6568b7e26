import { AppError } from '@shared/lib/app-error.ts';
import {
  type ClusterConfig,
  type DockerNodeConfig,
  hollowNodeName,
  hollowNumbers,
} from '@shared/rpc/cluster-config.ts';
import type { ClusterSummary, NodeDriver } from '@shared/rpc/contract.ts';
import { limits } from '../parse-params.ts';

/** Throws AppError `InvalidArgument` unless the cluster's API answers. */
export function requireRunning({ name, state, server }: ClusterSummary): void {
  if (server !== null && state !== 'creating') return;
  throw new AppError({
    code: 'InvalidArgument',
    message: `Cluster "${name}" is not running.`,
    remedy: `Start it with "slipway cluster start ${name}" and try again.`,
  });
}

/** Throws AppError `InvalidArgument` when a cluster cannot have these nodes in addition. */
export function refuseNodes(config: ClusterConfig, request: { driver: NodeDriver; count: number }): void {
  const { driver, count } = request;
  if (driver === 'docker' && config.network.dockerNetwork === null) {
    throw new AppError({
      code: 'InvalidArgument',
      message: `Cluster "${config.name}" was created with simulated nodes alone and has no network for real ones.`,
      remedy: 'Add nodes with --driver hollow, or create another cluster with --driver docker.',
    });
  }
  const present = driver === 'docker' ? config.nodes.length : config.hollowNodes;
  if (present + count > limits[driver]) {
    throw new AppError({
      code: 'InvalidArgument',
      message: `Cluster "${config.name}" would have ${present + count} ${driver} nodes; at most ${limits[driver]} are possible.`,
      remedy: `Add at most ${limits[driver] - present}.`,
    });
  }
}

/** The node of this name: its container's configuration, or `simulated`. AppError `NotFound` when there is none. */
export function findNode(config: ClusterConfig, node: string): DockerNodeConfig | 'simulated' {
  const found = config.nodes.find(({ name }) => name === node);
  if (found) return found;
  if (hollowNumbers(config).some((number) => hollowNodeName(config.name, number) === node))
    return 'simulated';
  throw new AppError({
    code: 'NotFound',
    message: `Cluster "${config.name}" has no node "${node}".`,
    remedy: `See "slipway node list --cluster ${config.name}".`,
  });
}
