import type { ClusterConfig, DockerNodeConfig } from '@shared/rpc/cluster-config.ts';
import type { NodeSize } from '@shared/rpc/contract.ts';
import { connectDocker, type DockerEngine } from '../../docker/engine.ts';
import { createNode, removeContainer, startNode } from '../../docker/node-container.ts';
import { ensureNodeImage } from '../../docker/node-image.ts';
import { listNodeContainers, type NodeContainerState } from '../../docker/node-state.ts';
import type { StepReporter } from '../operations/operations.ts';
import { freePorts, isPortFree } from '../ports.ts';
import { nodeFiles } from './node-files.ts';
import { ownerOf } from './plan.ts';

export interface StartNodes {
  readonly config: ClusterConfig;
  readonly dir: string;
  readonly nodes: readonly DockerNodeConfig[];
  readonly size: NodeSize;
  readonly outDir: string;
  /** Told before the start when kubelets have to move to other ports of this machine. */
  onMoved(nodes: readonly DockerNodeConfig[]): Promise<void>;
}

/**
 * Starts the containers of nodes and creates those that are missing; on one that was made before, its volume
 * with images and logs is found again. When one fails, rejects with its error once all others are done too.
 */
export async function startNodes(
  request: StartNodes,
  { reporter, signal }: { reporter: StepReporter; signal: AbortSignal },
): Promise<readonly DockerNodeConfig[]> {
  const engine = await connectDocker();
  const { tag } = await ensureNodeImage(engine, { signal });
  const present = await listNodeContainers(engine, ownerOf(request.config));
  const nodes = await withFreePorts(request.nodes, present);
  const moved = nodes.filter((node) => !request.nodes.includes(node));
  if (moved.length > 0) await request.onMoved(nodes);
  let done = 0;
  const results = await Promise.allSettled(
    nodes.map(async (node) => {
      if (moved.includes(node)) await removeContainer(engine, node.container);
      const exists = !moved.includes(node) && present.some(({ container }) => container === node.container);
      await startOne(engine, { request, node, tag, exists }, signal);
      done += 1;
      reporter.note(`${done} of ${nodes.length} containers started`);
    }),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return nodes;
}

/** A kubelet's port that another program took while its container did not run is replaced by a free one. */
async function withFreePorts(
  nodes: readonly DockerNodeConfig[],
  present: readonly NodeContainerState[],
): Promise<readonly DockerNodeConfig[]> {
  return Promise.all(
    nodes.map(async (node) => {
      const state = present.find(({ container }) => container === node.container)?.state;
      if (state === 'running' || state === 'restarting' || state === 'paused') return node;
      if (await isPortFree(node.kubeletHostPort)) return node;
      const [kubeletHostPort = 0] = await freePorts(1);
      return { ...node, kubeletHostPort };
    }),
  );
}

async function startOne(
  engine: DockerEngine,
  wanted: { request: StartNodes; node: DockerNodeConfig; tag: string; exists: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { request, node, tag, exists } = wanted;
  const { config, dir, size, outDir } = request;
  const files = await nodeFiles({ config, dir, node, size, outDir });
  const { container, kubeletHostPort } = node;
  if (exists) return startNode(engine, { container, kubeletHostPort, files });
  await createNode(
    engine,
    {
      ...ownerOf(config),
      name: node.name,
      container,
      image: tag,
      dockerNetwork: config.network.dockerNetwork ?? '',
      ip: node.ip,
      kubeletHostPort,
      size,
      files,
    },
    signal,
  );
}
