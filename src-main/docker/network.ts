import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { AppError } from '@shared/lib/app-error.ts';
import { type DockerEngine, dockerFailure, engineMessage, engineStatus } from './engine.ts';
import { clusterLabel, ownedBy } from './labels.ts';
import { addressIn, freeSubnets, parseProcNetRoute, parseSubnet, type Subnet } from './subnets.ts';

/** The Docker network that joins the nodes of one cluster. */
export interface NodeNetwork {
  /** Its name, `slipway-<cluster>`. */
  readonly dockerNetwork: string;
  /** e.g. `172.30.1.0/24`. */
  readonly nodeSubnet: string;
  /** Address at which nodes reach the host, e.g. `172.30.1.1`. */
  readonly gateway: string;
}

export interface ClusterNetworkRequest {
  readonly cluster: string;
  /** Ranges the cluster uses itself (pods, Services), which the node network must not touch. */
  readonly avoid: readonly string[];
  /** Take exactly this one: for a cluster whose nodes already have addresses. */
  readonly subnet?: string;
  readonly signal?: AbortSignal;
}

/**
 * Resolves to the cluster's network, made now when it is missing, with a subnet that neither a route of this
 * machine nor another Docker network uses. Rejects with `AppError` DockerFailed when no subnet is free.
 */
export async function ensureClusterNetwork(
  engine: DockerEngine,
  request: ClusterNetworkRequest,
): Promise<NodeNetwork> {
  const { cluster, signal } = request;
  const name = `slipway-${cluster}`;
  try {
    const existing = await findNetwork(engine, name);
    if (existing) return existing;
    const taken = [
      ...(await hostSubnets()),
      ...(await dockerSubnets(engine)),
      ...request.avoid.flatMap(subnetOf),
    ];
    const choices = request.subnet === undefined ? freeSubnets(taken) : [request.subnet];
    for (const nodeSubnet of choices) {
      signal?.throwIfAborted();
      const network = await createNetwork(engine, { name, cluster, nodeSubnet });
      if (network) return network;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw dockerFailure('creating the cluster’s network', error);
  }
  throw new AppError({
    code: 'DockerFailed',
    message: `No free subnet was found for the network of cluster ${cluster}${request.subnet ? `: ${request.subnet} is in use` : ''}.`,
    remedy: 'Remove Docker networks that are no longer used with `docker network prune`.',
  });
}

/** Removes the cluster's network; its containers must be gone. Harmless when there is none. */
export async function removeClusterNetwork(engine: DockerEngine, cluster: string): Promise<void> {
  try {
    const networks = await engine.docker.listNetworks({ filters: ownedBy(cluster) });
    for (const { Id } of networks) await engine.docker.getNetwork(Id).remove();
  } catch (error) {
    throw dockerFailure('removing the cluster’s network', error);
  }
}

async function findNetwork(engine: DockerEngine, name: string): Promise<NodeNetwork | undefined> {
  const networks = await engine.docker.listNetworks({ filters: { name: [name] } });
  const config = networks.find((network) => network.Name === name)?.IPAM?.Config?.[0];
  if (!config?.Subnet) return undefined;
  const subnet = parseSubnet(config.Subnet);
  if (!subnet) return undefined;
  return { dockerNetwork: name, nodeSubnet: config.Subnet, gateway: config.Gateway ?? addressIn(subnet, 1) };
}

/** Resolves to undefined when the engine finds the subnet in use after all. */
async function createNetwork(
  engine: DockerEngine,
  { name, cluster, nodeSubnet }: { name: string; cluster: string; nodeSubnet: string },
): Promise<NodeNetwork | undefined> {
  const subnet = parseSubnet(nodeSubnet);
  if (!subnet) return undefined;
  const gateway = addressIn(subnet, 1);
  const mtu = await defaultRouteMtu();
  try {
    await engine.docker.createNetwork({
      Name: name,
      CheckDuplicate: true,
      Driver: 'bridge',
      IPAM: { Driver: 'default', Config: [{ Subnet: nodeSubnet, Gateway: gateway }] },
      Labels: { [clusterLabel]: cluster },
      Options: { ...(mtu < 1500 && { 'com.docker.network.driver.mtu': String(mtu) }) },
    });
    return { dockerNetwork: name, nodeSubnet, gateway };
  } catch (error) {
    if (engineStatus(error) === 409) return findNetwork(engine, name);
    if (/overlaps|conflicts with|failed to allocate gateway|already in use/i.test(engineMessage(error)))
      return undefined;
    throw error;
  }
}

async function dockerSubnets(engine: DockerEngine): Promise<Subnet[]> {
  const networks = await engine.docker.listNetworks();
  return networks
    .flatMap((network) => network.IPAM?.Config ?? [])
    .flatMap((config) => subnetOf(config.Subnet ?? ''));
}

/** Ranges this machine has addresses in and, on Linux, routes to (VPNs above all). */
async function hostSubnets(): Promise<Subnet[]> {
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const own = interfaces.flatMap((address) => subnetOf(address.cidr ?? ''));
  if (process.platform !== 'linux') return own;
  return [...own, ...parseProcNetRoute(await readFile('/proc/net/route', 'utf8'))];
}

/** A bridge with a larger MTU than the way out has would make large packets vanish. 1500 where unknown. */
async function defaultRouteMtu(): Promise<number> {
  if (process.platform !== 'linux') return 1500;
  const routes = await readFile('/proc/net/route', 'utf8');
  const device = /^(\S+)\s+00000000\s/m.exec(routes)?.[1];
  if (!device) return 1500;
  const text = await readFile(`/sys/class/net/${device}/mtu`, 'utf8').catch(() => '1500');
  return Number(text) || 1500;
}

const subnetOf = (text: string): Subnet[] => {
  const subnet = parseSubnet(text);
  return subnet ? [subnet] : [];
};
