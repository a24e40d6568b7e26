import { AppError } from '@shared/lib/app-error.ts';
import { kubeletPort } from '@shared/rpc/cluster-config.ts';
import type { NodeSize } from '@shared/rpc/contract.ts';
import type Docker from 'dockerode';
import { runInContainer } from './container-exec.ts';
import { type NodeFile, packFiles } from './container-files.ts';
import { type DockerEngine, dockerFailure, engineMessage, engineStatus } from './engine.ts';
import { type ClusterOwner, isOwnedBy, nodeLabel, ownedBy, ownerLabels, removeVolumes } from './labels.ts';
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
const readyTimeoutMs = 60_000;

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

/** How one node's container fares. */
export interface NodeContainerState {
  readonly node: string;
  readonly container: string;
  /** The engine's word: `running`, `exited`, `created`, `restarting`, `paused`, `dead`. */
  readonly state: string;
  readonly image: string;
}

/** The containers of a cluster, of nodes that run and of those that do not. */
export async function listNodeContainers(
  engine: DockerEngine,
  owner: ClusterOwner,
): Promise<NodeContainerState[]> {
  try {
    const listed = await engine.docker.listContainers({ all: true, filters: ownedBy(owner.cluster) });
    const containers = listed.filter(({ Labels }) => isOwnedBy(owner, Labels));
    return containers.map(({ Names, Labels, State, Image }) => ({
      node: Labels[nodeLabel] ?? '',
      container: Names[0]?.replace(/^\//, '') ?? '',
      state: State,
      image: Image,
    }));
  } catch (error) {
    throw dockerFailure('listing the cluster’s containers', error);
  }
}

/**
 * Resolves once containerd in the node answers. Rejects with `AppError` NodeLost, the last lines of the node's
 * output in `detail`, when the container ends or a minute passes.
 */
export async function waitForNode(
  engine: DockerEngine,
  container: string,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const { State } = await inspectNode(engine, container);
    if (!State.Running && !State.Restarting)
      throw await nodeFailed(engine, container, `ended with status ${State.ExitCode}`);
    if (State.Running) {
      const ready = await runInContainer(engine, {
        container,
        command: ['test', '-e', '/run/slipway/ready'],
        signal,
      });
      if (ready.exitCode === 0) return;
    }
    if (Date.now() > deadline)
      throw await nodeFailed(engine, container, `was not ready after ${readyTimeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** The last lines of what a node printed (supervisor, containerd, agent), for error reports. */
export async function nodeLogs(engine: DockerEngine, container: string, lines = 100): Promise<string> {
  const output: unknown = await engine.docker
    .getContainer(container)
    .logs({ stdout: true, stderr: true, tail: lines });
  return Buffer.isBuffer(output) ? demultiplex(output) : '';
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

async function inspectNode(engine: DockerEngine, container: string): Promise<Docker.ContainerInspectInfo> {
  try {
    return await engine.docker.getContainer(container).inspect();
  } catch (error) {
    if (engineStatus(error) === 404) throw nodeLost(container, error);
    throw dockerFailure(`looking at node container ${container}`, error);
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

function nodeLost(container: string, cause: unknown): AppError {
  return new AppError(
    {
      code: 'NodeLost',
      message: `The node container ${container} no longer exists.`,
      remedy: 'Remove the node from the cluster and add a new one.',
    },
    { cause },
  );
}

async function nodeFailed(engine: DockerEngine, container: string, what: string): Promise<AppError> {
  return new AppError({
    code: 'NodeLost',
    message: `The node container ${container} ${what}.`,
    remedy: `See its output below, or with \`docker logs ${container}\`.`,
    detail: await nodeLogs(engine, container, 40),
  });
}

/** The engine's log framing: 8 bytes of header (stream, length), then the text. */
function demultiplex(output: Buffer): string {
  const parts: string[] = [];
  for (let at = 0; at + 8 <= output.length; ) {
    const length = output.readUInt32BE(at + 4);
    parts.push(output.toString('utf8', at + 8, at + 8 + length));
    at += 8 + length;
  }
  return parts.join('');
}
