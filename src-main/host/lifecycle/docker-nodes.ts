import { AppError } from '@shared/lib/app-error.ts';
import type { ClusterConfig, DockerNodeConfig } from '@shared/rpc/cluster-config.ts';
import type { NodeSize } from '@shared/rpc/contract.ts';
import { connectDocker } from '../../docker/engine.ts';
import { loadImages } from '../../docker/image-load.ts';
import type { ClusterOwner } from '../../docker/labels.ts';
import { ensureClusterNetwork, removeClusterNetwork } from '../../docker/network.ts';
import { removeClusterContainers, removeNode, stopNode } from '../../docker/node-container.ts';
import { ensureNodeImage } from '../../docker/node-image.ts';
import {
  listNodeContainers,
  type NodeContainerState,
  nodeLogs,
  waitForNode,
} from '../../docker/node-state.ts';
import type { StepUpdate } from '../../docker/steps.ts';
import type { PlannedStep, StepReporter } from '../operations/operations.ts';
import { freePorts } from '../ports.ts';
import { readLoadedImages, rememberImages, restoreImages } from './loaded-images.ts';
import { startNodes } from './node-starter.ts';
import { ownerOf, planNetwork, planNodes, sizeOf } from './plan.ts';

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

  /** `outDir`: folder of the built app. */
  constructor(outDir: string) {
    this.#outDir = outDir;
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
            ...ownerOf(config),
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
  revivalSteps({ current }: Pick<ConfigAccess, 'current'>): readonly PlannedStep[] {
    return [
      this.#imageStep(),
      {
        id: 'network',
        title: 'Check network',
        run: async (_reporter, signal) => {
          const config = current();
          const { network } = config;
          await ensureClusterNetwork(await connectDocker(), {
            ...ownerOf(config),
            avoid: [network.podCidr, network.serviceCidr],
            ...(network.nodeSubnet !== null && { subnet: network.nodeSubnet }),
            signal,
          });
        },
      },
    ];
  }

  /** Every configured node runs afterwards: started when its container exists, created (anew) when it does not. */
  startStep({ current, save, dir }: WritableConfig): PlannedStep {
    return {
      id: 'nodes',
      title: 'Start nodes',
      run: async (reporter, signal) => {
        const config = current();
        const { nodes, size } = config;
        const onMoved = async (moved: readonly DockerNodeConfig[]) => save({ ...current(), nodes: moved });
        const outDir = this.#outDir;
        await startNodes({ config, dir, nodes, size, outDir, onMoved }, { reporter, signal });
      },
    };
  }

  /** Images that were loaded before reach nodes that lack them. None when nothing was ever loaded. */
  imageSteps({ dir, current }: ConfigAccess): readonly PlannedStep[] {
    if (readLoadedImages(dir).length === 0) return [];
    return [
      {
        id: 'images',
        title: 'Bring loaded images to nodes that lack them',
        run: async (reporter, signal) => {
          const engine = await connectDocker();
          const config = current();
          const containers = config.nodes.map(({ container }) => container);
          await Promise.all(containers.map((container) => waitForNode(engine, container, signal)));
          const images = readLoadedImages(dir);
          await restoreImages(engine, { owner: ownerOf(config), images, containers }, { reporter, signal });
        },
      },
    ];
  }

  /** The new nodes are in the configuration only once all run; `undo` removes what was made of them before. */
  addSteps(access: WritableConfig & { count: number; size: NodeSize }): {
    steps: readonly PlannedStep[];
    undo(): Promise<void>;
  } {
    const { current, save, count, dir } = access;
    let planned: readonly DockerNodeConfig[] = [];
    const create: PlannedStep = {
      id: 'nodes',
      title: count === 1 ? 'Create node' : `Create ${count} nodes`,
      run: async (reporter, signal) => {
        const config = current();
        planned = planNodes(config, await freePorts(count));
        const size = sizeOf(config, access.size);
        const onMoved = async () => undefined; // saved below
        const outDir = this.#outDir;
        const nodes = await startNodes(
          { config, dir, nodes: planned, size, outDir, onMoved },
          { reporter, signal },
        );
        await save({ ...current(), nodes: [...current().nodes, ...nodes] });
        planned = [];
      },
    };
    return {
      steps: [this.#imageStep(), create, ...this.imageSteps(access)],
      undo: async () => {
        if (planned.length === 0) return;
        const engine = await connectDocker();
        for (const { name } of planned) await removeNode(engine, ownerOf(current()), name);
      },
    };
  }

  /** Removes one node's container with all that is on it. */
  async remove(owner: ClusterOwner, node: string): Promise<void> {
    await removeNode(await connectDocker(), owner, node);
  }

  loadSteps({ dir, current }: ConfigAccess, images: readonly string[]): readonly PlannedStep[] {
    const config = current();
    return images.map((image) => ({
      id: `image-${image}`,
      title: `Load ${image}`,
      run: async (reporter, signal) => {
        const engine = await connectDocker();
        const owner = ownerOf(config);
        const loaded = await loadImages(engine, {
          ...owner,
          images: [image],
          onStep: pass(reporter),
          signal,
        });
        await rememberImages(dir, loaded);
      },
    }));
  }

  /** Without Docker nothing runs; when it is back, {@link Recovery} stops what came back with it. */
  async stop(config: ClusterConfig, reporter: StepReporter): Promise<void> {
    if (config.nodes.length === 0) return reporter.skip('no containers');
    try {
      const engine = await connectDocker();
      const results = await Promise.allSettled(
        config.nodes.map(({ container }) => stopNode(engine, container)),
      );
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    } catch (error) {
      if (!isDockerAway(error)) throw error;
      reporter.skip('Docker does not run');
    }
  }

  /** Containers, volumes and network. */
  async removeAll(owner: ClusterOwner): Promise<void> {
    const engine = await connectDocker();
    await removeClusterContainers(engine, owner);
    await removeClusterNetwork(engine, owner);
  }

  async list(owner: ClusterOwner): Promise<readonly NodeContainerState[]> {
    return listNodeContainers(await connectDocker(), owner);
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
}

/** Whether an error says that there is no Docker engine to talk to. */
export function isDockerAway(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'DockerStopped' || error.code === 'DockerMissing');
}

/** Docker's step news as notes and log lines of one operation step. */
function pass(reporter: StepReporter): (update: StepUpdate) => void {
  return ({ title, note, logLine }) => {
    reporter.note(note ?? title);
    if (logLine !== undefined) reporter.log(logLine);
  };
}
