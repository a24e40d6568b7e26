import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { AppError } from '@shared/lib/app-error.ts';
import { type DockerEngine, dockerFailure, engineMessage, engineStatus } from './engine.ts';
import { type ClusterOwner, clusterLabel, isOwnedBy, ownedBy, ownerLabels } from './labels.ts';
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

export interface ClusterNetworkRequest extends ClusterOwner {
  /** Ranges the cluster uses itself (pods, Services), which the node network must not touch. */
  readonly avoid: readonly string[];
  /** Take exactly this one: for a cluster whose nodes already have addresses. */
  readonly subnet?: string;
  readonly signal?: AbortSignal;
}

/**
 * Resolves to the cluster's network, made now when it is missing, with a subnet that neither a route of this
 * machine nor another Docker network uses. Rejects with `AppError` DockerFailed when no subnet is free, and
 * AlreadyExists when Docker has a network of another cluster of this name.
 */
export async function ensureClusterNetwork(
  engine: DockerEngine,
  request: ClusterNetworkRequest,
): Promise<NodeNetwork> {
  const { cluster, signal } = request;
  try {
    const existing = await findNetwork(engine, request);
    if (existing) return existing;
    const taken = [
      ...(await hostSubnets()),
      ...(await dockerSubnets(engine)),
      ...request.avoid.flatMap(subnetOf),
    ];
    const choices = request.subnet === undefined ? freeSubnets(taken) : [request.subnet];
    for (const nodeSubnet of choices) {
      signal?.throwIfAborted();
      const network = await createNetwork(engine, { owner: request, nodeSubnet });
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
export async function removeClusterNetwork(engine: DockerEngine, owner: ClusterOwner): Promise<void> {
  try {
    const networks = await engine.docker.listNetworks({ filters: ownedBy(owner.cluster) });
    for (const { Id, Labels } of networks)
      if (isOwnedBy(owner, Labels)) await engine.docker.getNetwork(Id).remove();
  } catch (error) {
    throw dockerFailure('removing the cluster’s network', error);
  }
}

const networkName = ({ cluster }: ClusterOwner): string => `slipway-${cluster}`;

async function findNetwork(engine: DockerEngine, owner: ClusterOwner): Promise<NodeNetwork | undefined> {
  const name = networkName(owner);
  const networks = await engine.docker.listNetworks({ filters: { name: [name] } });
  const found = networks.find((network) => network.Name === name);
  if (found && !isOwnedBy(owner, found.Labels)) throw belongsToAnother(owner.cluster);
  const config = found?.IPAM?.Config?.[0];
  if (!config?.Subnet) return undefined;
  const subnet = parseSubnet(config.Subnet);
  if (!subnet) return undefined;
  return { dockerNetwork: name, nodeSubnet: config.Subnet, gateway: config.Gateway ?? addressIn(subnet, 1) };
}

function belongsToAnother(cluster: string): AppError {
  return new AppError({
    code: 'AlreadyExists',
    message: `Docker already holds nodes of another cluster named "${cluster}", made with another data folder.`,
    remedy: `Choose another name, or remove them with \`docker rm -fv $(docker ps -aq --filter label=${clusterLabel}=${cluster})\` and \`docker network rm slipway-${cluster}\`.`,
  });
}

/** Resolves to undefined when the engine finds the subnet in use after all. */
async function createNetwork(
  engine: DockerEngine,
  { owner, nodeSubnet }: { owner: ClusterOwner; nodeSubnet: string },
): Promise<NodeNetwork | undefined> {
  const subnet = parseSubnet(nodeSubnet);
  if (!subnet) return undefined;
  const name = networkName(owner);
  const gateway = addressIn(subnet, 1);
  const mtu = await defaultRouteMtu();
  try {
    await engine.docker.createNetwork({
      Name: name,
      CheckDuplicate: true,
      Driver: 'bridge',
      IPAM: { Driver: 'default', Config: [{ Subnet: nodeSubnet, Gateway: gateway }] },
      Labels: ownerLabels(owner),
      Options: { ...(mtu < 1500 && { 'com.docker.network.driver.mtu': String(mtu) }) },
    });
    return { dockerNetwork: name, nodeSubnet, gateway };
  } catch (error) {
    if (engineStatus(error) === 409) return findNetwork(engine, owner);
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
