import { AppError } from '@shared/lib/app-error.ts';
import { kubeletPort } from '@shared/rpc/cluster-config.ts';
import type { NodeSize } from '@shared/rpc/contract.ts';
import type Docker from 'dockerode';
import { type NodeFile, packFiles } from './container-files.ts';
import { type DockerEngine, dockerFailure, engineMessage, engineStatus } from './engine.ts';
import { type ClusterOwner, isOwnedBy, nodeLabel, ownedBy, ownerLabels, removeVolumes } from './labels.ts';
import { nodeLost } from './node-state.ts';
import { nodePrivileges, privilegeConfig } from './privileges.ts';

/** What a node's container is made of. */
export interface NodeSpec extends ClusterOwner {
  /** Node name, also the hostname. */
  readonly name: string;
  readonly container: string;
  /** Tag of the node image. */
  readonly image: string;
  readonly dockerNetwork: string;
  readonly ip: string;
  /** Port on the host's 127.0.0.1 that leads to the kubelet. */
  readonly kubeletHostPort: number;
  readonly size: NodeSize;
  /** Put in before the start: agent bundle, certificates, `node.json`. */
  readonly files: readonly NodeFile[];
}

/** Where the node's supervisor looks for what the agent runs from. */
export const nodePaths = {
  agentBundle: '/opt/slipway/node-agent.cjs',
  configDir: '/etc/slipway',
  nodeConfig: '/etc/slipway/node.json',
} as const;

const stopTimeoutSeconds = 30;

/**
 * Creates and starts a node's container. On failure or abort nothing of it stays behind but the volume of an
 * earlier container of this node. The container comes back by itself after a restart of the Docker engine, unless
 * it was stopped by {@link stopNode}.
 *
 * Rejects with `AppError` (AlreadyExists, PortTaken, DiskFull, DockerFailed) or the signal's reason.
 */
export async function createNode(engine: DockerEngine, spec: NodeSpec, signal?: AbortSignal): Promise<void> {
  let created: Docker.Container | undefined;
  let hadVolume = true;
  try {
    hadVolume = await hasVolume(engine, spec.container);
    const privileges = await nodePrivileges(engine, spec.image);
    signal?.throwIfAborted();
    created = await engine.docker.createContainer(containerConfig(spec, privilegeConfig(privileges)));
    signal?.throwIfAborted();
    await created.putArchive(packFiles(spec.files), { path: '/' });
    signal?.throwIfAborted();
    await created.start();
    signal?.throwIfAborted();
  } catch (error) {
    await undoCreate(engine, created, hadVolume ? undefined : spec.container);
    signal?.throwIfAborted();
    throw startFailure(spec, error);
  }
}

/** Starts a stopped node, with `files` renewed first. A running one only gets the files and a new agent. */
export async function startNode(
  engine: DockerEngine,
  spec: Pick<NodeSpec, 'container' | 'kubeletHostPort' | 'files'>,
): Promise<void> {
  const container = engine.docker.getContainer(spec.container);
  try {
    await container.putArchive(packFiles(spec.files), { path: '/' });
    const { State } = await container.inspect();
    if (State.Running) await container.kill({ signal: 'SIGHUP' });
    else await container.start();
  } catch (error) {
    if (engineStatus(error) === 404) throw nodeLost(spec.container, error);
    throw startFailure(spec, error);
  }
}

/** Stops a node's container; it stays stopped until {@link startNode}. Harmless when it does not run. */
export async function stopNode(engine: DockerEngine, container: string): Promise<void> {
  try {
    await engine.docker.getContainer(container).stop({ t: stopTimeoutSeconds });
  } catch (error) {
    const status = engineStatus(error);
    if (status !== 304 && status !== 404) throw dockerFailure(`stopping node container ${container}`, error);
  }
}

/** Removes a node's container and everything on it. Harmless when there is none. */
export async function removeNode(engine: DockerEngine, owner: ClusterOwner, node: string): Promise<void> {
  await removeOwned(engine, owner, node);
}

/** Removes a node's container and keeps its volume, so that it can be made anew. Harmless when there is none. */
export async function removeContainer(engine: DockerEngine, container: string): Promise<void> {
  try {
    await engine.docker.getContainer(container).remove({ force: true });
  } catch (error) {
    if (engineStatus(error) !== 404) throw dockerFailure(`removing node container ${container}`, error);
  }
}

/** Removes every container and volume of a cluster, also of nodes no longer in its configuration. */
export async function removeClusterContainers(engine: DockerEngine, owner: ClusterOwner): Promise<void> {
  await removeOwned(engine, owner);
}

function containerConfig(spec: NodeSpec, privileges: Docker.HostConfig): Docker.ContainerCreateOptions {
  const port = `${kubeletPort}/tcp`;
  const { cpus, memoryBytes } = spec.size;
  return {
    name: spec.container,
    Hostname: spec.name,
    Image: spec.image,
    Labels: labelsOf(spec),
    ExposedPorts: { [port]: {} },
    StopTimeout: stopTimeoutSeconds,
    HostConfig: {
      ...privileges,
      NetworkMode: spec.dockerNetwork,
      PortBindings: { [port]: [{ HostIp: '127.0.0.1', HostPort: String(spec.kubeletHostPort) }] },
      ExtraHosts: ['host.docker.internal:host-gateway'],
      // Made together with the container, never without it.
      Mounts: [
        {
          Type: 'volume',
          Source: spec.container,
          Target: '/var',
          VolumeOptions: {
            NoCopy: true,
            Labels: labelsOf(spec),
            DriverConfig: { Name: 'local', Options: {} },
          },
        },
      ],
      Tmpfs: { '/run': 'exec,mode=755', '/tmp': 'exec,mode=1777' },
      Sysctls: { 'net.ipv4.ip_forward': '1' },
      RestartPolicy: { Name: 'unless-stopped' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
      ...(memoryBytes !== undefined && { Memory: memoryBytes, MemorySwap: memoryBytes }),
      ...(cpus !== undefined && { NanoCpus: Math.round(cpus * 1e9) }),
    },
    NetworkingConfig: { EndpointsConfig: { [spec.dockerNetwork]: { IPAMConfig: { IPv4Address: spec.ip } } } },
  };
}

function labelsOf(spec: NodeSpec): Record<string, string> {
  return { ...ownerLabels(spec), [nodeLabel]: spec.name };
}

async function undoCreate(
  engine: DockerEngine,
  created: Docker.Container | undefined,
  newVolume: string | undefined,
): Promise<void> {
  try {
    await created?.remove({ force: true, v: true });
    if (created && newVolume !== undefined) await engine.docker.getVolume(newVolume).remove();
  } catch (error) {
    if (engineStatus(error) !== 404)
      throw dockerFailure('removing the container of a node that failed', error);
  }
}

async function hasVolume(engine: DockerEngine, name: string): Promise<boolean> {
  try {
    await engine.docker.getVolume(name).inspect();
    return true;
  } catch (error) {
    if (engineStatus(error) === 404) return false;
    throw error;
  }
}

async function removeOwned(engine: DockerEngine, owner: ClusterOwner, node?: string): Promise<void> {
  try {
    const filters = ownedBy(owner.cluster, node);
    const containers = await engine.docker.listContainers({ all: true, filters });
    const own = containers.filter(({ Labels }) => isOwnedBy(owner, Labels));
    await Promise.all(
      own.map(({ Id }) =>
        engine.docker
          .getContainer(Id)
          .remove({ force: true, v: true })
          .catch((error: unknown) => {
            if (engineStatus(error) !== 404) throw error;
          }),
      ),
    );
    await removeVolumes(engine, owner, node);
  } catch (error) {
    throw dockerFailure(`removing node containers of cluster ${owner.cluster}`, error);
  }
}

function startFailure(spec: Pick<NodeSpec, 'container' | 'kubeletHostPort'>, error: unknown): unknown {
  const reason = engineMessage(error);
  if (engineStatus(error) === 409) {
    return new AppError(
      {
        code: 'AlreadyExists',
        message: `A container named ${spec.container} exists already.`,
        remedy: `Remove it with \`docker rm -fv ${spec.container}\` if it is no longer needed.`,
      },
      { cause: error },
    );
  }
  if (/port is already allocated|address already in use|ports are not available/i.test(reason)) {
    return new AppError(
      {
        code: 'PortTaken',
        message: `Port ${spec.kubeletHostPort} on 127.0.0.1, meant for node container ${spec.container}, is in use by another program.`,
        remedy: `End the program that listens on port ${spec.kubeletHostPort}, or remove this node and add a new one.`,
        detail: reason,
      },
      { cause: error },
    );
  }
  return dockerFailure(`starting node container ${spec.container}`, error);
}
