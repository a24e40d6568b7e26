import { AppError } from '@shared/lib/app-error.ts';
import type Docker from 'dockerode';
import { runInContainer } from './container-exec.ts';
import { type DockerEngine, dockerFailure, engineStatus } from './engine.ts';
import { type ClusterOwner, isOwnedBy, nodeLabel, ownedBy } from './labels.ts';

const readyTimeoutMs = 60_000;

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

async function inspectNode(engine: DockerEngine, container: string): Promise<Docker.ContainerInspectInfo> {
  try {
    return await engine.docker.getContainer(container).inspect();
  } catch (error) {
    if (engineStatus(error) === 404) throw nodeLost(container, error);
    throw dockerFailure(`looking at node container ${container}`, error);
  }
}

/** A container that was removed behind our back. */
export function nodeLost(container: string, cause: unknown): AppError {
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
