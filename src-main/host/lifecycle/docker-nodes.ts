import type { ClusterConfig, DockerNodeConfig } from '@shared/rpc/cluster-config.ts';
import type { NodeSize } from '@shared/rpc/contract.ts';
import { connectDocker, type DockerEngine } from '../../docker/engine.ts';
import { loadImages } from '../../docker/image-load.ts';
import { ensureClusterNetwork, removeClusterNetwork } from '../../docker/network.ts';
import {
  createNode,
  listNodeContainers,
  nodeLogs,
  removeClusterContainers,
  removeNode,
  startNode,
  stopNode,
} from '../../docker/node-container.ts';
import { ensureNodeImage } from '../../docker/node-image.ts';
import type { StepUpdate } from '../../docker/steps.ts';
import type { PlannedStep, StepReporter } from '../operations/operations.ts';
import { freePorts } from '../ports.ts';
import { drainNode, forgetNode } from './drain.ts';
import { nodeFiles } from './node-files.ts';
import { planNetwork, planNodes, sizeOf } from './plan.ts';

/** How steps reach a cluster's configuration, which they read late and write back when they extend it. */
interface ConfigAccess {
  readonly dir: string;
  current(): ClusterConfig;
}

interface WritableConfig extends ConfigAccess {
  save(config: ClusterConfig): Promise<void>;
}

/** The Docker side of a cluster's life: steps that bring its node containers into being, back, and out of the world. */
export class DockerNodes {
  readonly #outDir: string;
  readonly #log: (message: string) => void;

  constructor(options: { outDir: string; log(message: string): void }) {
    this.#outDir = options.outDir;
    this.#log = options.log;
  }

  /** Engine, image and network, then room for `count` nodes in the configuration: all before the control plane starts. */
  prepareSteps({ current, save, count }: WritableConfig & { count: number }): readonly PlannedStep[] {
    return [
      this.#imageStep(),
      {
        id: 'network',
        title: 'Create network',
        run: async (reporter, signal) => {
          const engine = await connectDocker();
          const config = current();
          const made = await ensureClusterNetwork(engine, {
            cluster: config.name,
            avoid: [config.network.podCidr, config.network.serviceCidr],
            signal,
          });
          const network = planNetwork({
            name: made.dockerNetwork,
            subnet: made.nodeSubnet,
            gateway: made.gateway,
          });
          const withNetwork = { ...config, network };
          await save({ ...withNetwork, nodes: planNodes(withNetwork, await freePorts(count)) });
          reporter.note(made.nodeSubnet);
        },
      },
    ];
  }

  /** Network and image as they were, should Docker have lost them. */
  revivalSteps({ current }: ConfigAccess): readonly PlannedStep[] {
    return [
      this.#imageStep(),
      {
        id: 'network',
        title: 'Check network',
        run: async (_reporter, signal) => {
          const { name, network } = current();
          await ensureClusterNetwork(await connectDocker(), {
            cluster: name,
            avoid: [network.podCidr, network.serviceCidr],
            ...(network.nodeSubnet !== null && { subnet: network.nodeSubnet }),
            signal,
          });
        },
      },
    ];
  }

  /** Every configured node runs afterwards: started when its container exists, created (anew) when it does not. */
  startStep({ current, dir }: ConfigAccess): PlannedStep {
    return {
      id: 'nodes',
      title: 'Start nodes',
      run: async (reporter, signal) => {
        const config = current();
        await this.#startAll({ config, dir, nodes: config.nodes, size: config.size }, { reporter, signal });
      },
    };
  }

  addSteps(access: WritableConfig & { count: number; size: NodeSize }): readonly PlannedStep[] {
    const { current, save, count, dir } = access;
    return [
      this.#imageStep(),
      {
        id: 'nodes',
        title: count === 1 ? 'Create node' : `Create ${count} nodes`,
        run: async (reporter, signal) => {
          const config = current();
          const nodes = planNodes(config, await freePorts(count));
          await this.#startAll(
            { config, dir, nodes, size: sizeOf(config, access.size) },
            { reporter, signal },
          );
          await save({ ...current(), nodes: [...current().nodes, ...nodes] });
        },
      },
    ];
  }

  /** Pods leave first (as `kubectl drain` would have it), then the container and the Node object go. */
  removeSteps({
    dir,
    node,
    current,
    save,
  }: WritableConfig & { node: DockerNodeConfig }): readonly PlannedStep[] {
    return [
      {
        id: 'drain',
        title: 'Move its pods',
        run: (reporter, signal) => drainNode(dir, node.name, { reporter, signal }),
      },
      {
        id: 'container',
        title: 'Remove its container',
        run: async () => removeNode(await connectDocker(), current().name, node.name),
      },
      {
        id: 'forget',
        title: 'Forget it',
        run: async () => {
          await save({ ...current(), nodes: current().nodes.filter(({ name }) => name !== node.name) });
          await forgetNode(dir, node.name);
        },
      },
    ];
  }

  loadSteps(config: ClusterConfig, images: readonly string[]): readonly PlannedStep[] {
    return images.map((image) => ({
      id: `image-${image}`,
      title: `Load ${image}`,
      run: async (reporter, signal) => {
        const engine = await connectDocker();
        await loadImages(engine, { cluster: config.name, images: [image], onStep: pass(reporter), signal });
      },
    }));
  }

  async stop(
    config: ClusterConfig,
    { reporter }: { reporter: StepReporter; signal: AbortSignal },
  ): Promise<void> {
    if (config.nodes.length === 0) return reporter.skip('no containers');
    const engine = await connectDocker();
    await Promise.all(config.nodes.map(({ container }) => stopNode(engine, container)));
  }

  /** Containers, volumes and network; nothing to do for a cluster that never had any. */
  async removeAll(config: ClusterConfig): Promise<void> {
    if (config.network.dockerNetwork === null) return;
    const engine = await connectDocker();
    await removeClusterContainers(engine, config.name);
    await removeClusterNetwork(engine, config.name);
  }

  /** The last lines of every node's output, for a failed start. */
  async logs(config: ClusterConfig): Promise<string> {
    if (config.nodes.length === 0) return '';
    const engine = await connectDocker();
    const parts = await Promise.all(
      config.nodes.map(
        async ({ container }) => `== ${container}\n${await nodeLogs(engine, container, 30).catch(String)}`,
      ),
    );
    return parts.join('\n');
  }

  #imageStep(): PlannedStep {
    return {
      id: 'image',
      title: 'Node image',
      run: async (reporter, signal) => {
        const engine = await connectDocker();
        let built = false;
        const { tag } = await ensureNodeImage(engine, {
          onStep: (update) => {
            built ||= update.state === 'running';
            pass(reporter)(update);
          },
          signal,
        });
        if (built) reporter.note(tag);
        else reporter.skip('present');
      },
    };
  }

  async #startAll(
    wanted: { config: ClusterConfig; dir: string; nodes: readonly DockerNodeConfig[]; size: NodeSize },
    progress: { reporter: StepReporter; signal: AbortSignal },
  ): Promise<void> {
    const engine = await connectDocker();
    const { tag } = await ensureNodeImage(engine, { signal: progress.signal });
    const present = await listNodeContainers(engine, wanted.config.name);
    let done = 0;
    await Promise.all(
      wanted.nodes.map(async (node) => {
        const exists = present.some(({ container }) => container === node.container);
        await this.#startOne(engine, { ...wanted, node, tag, exists }, progress.signal);
        done += 1;
        progress.reporter.note(`${done} of ${wanted.nodes.length} containers started`);
      }),
    );
  }

  async #startOne(
    engine: DockerEngine,
    wanted: {
      config: ClusterConfig;
      dir: string;
      node: DockerNodeConfig;
      size: NodeSize;
      tag: string;
      exists: boolean;
    },
    signal: AbortSignal,
  ): Promise<void> {
    const { config, dir, node, size } = wanted;
    const files = await nodeFiles({ config, dir, node, size, outDir: this.#outDir });
    const { container, kubeletHostPort } = node;
    if (wanted.exists) return startNode(engine, { container, kubeletHostPort, files });
    this.#log(`creating node container ${container}`);
    await createNode(
      engine,
      {
        cluster: config.name,
        name: node.name,
        container,
        image: wanted.tag,
        dockerNetwork: config.network.dockerNetwork ?? '',
        ip: node.ip,
        kubeletHostPort,
        size,
        files,
      },
      signal,
    );
  }
}

/** Docker's step news as notes and log lines of one operation step. */
function pass(reporter: StepReporter): (update: StepUpdate) => void {
  return ({ title, note, logLine }) => {
    reporter.note(note ?? title);
    if (logLine !== undefined) reporter.log(logLine);
  };
}
