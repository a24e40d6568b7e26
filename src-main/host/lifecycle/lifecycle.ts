import { mkdirSync } from 'node:fs';
import { AppError } from '@shared/lib/app-error.ts';
import type { ClusterConfig } from '@shared/rpc/cluster-config.ts';
import type { ClusterState, CreateCluster, NodeDriver, NodeSize } from '@shared/rpc/contract.ts';
import { removeTree } from '../../platform/remove-tree.ts';
import { readClusterConfig, writeClusterConfig } from '../cluster-files.ts';
import { startControlPlane, stopControlPlane } from '../control-plane-process.ts';
import { paths } from '../data-dir.ts';
import type { Operations, PlannedStep } from '../operations/operations.ts';
import { freePorts } from '../ports.ts';
import type { ClusterRegistry } from '../registry.ts';
import { runSupervisor } from '../supervisor.ts';
import { adminClient } from './admin-client.ts';
import { DockerNodes } from './docker-nodes.ts';
import { planCluster } from './plan.ts';
import { waitForNodes } from './readiness.ts';

export interface LifecycleOptions {
  readonly dataDir: string;
  readonly registry: ClusterRegistry;
  readonly operations: Operations;
  /** Folder of the built app, with a trailing slash. */
  readonly outDir: string;
  log(message: string): void;
}

/**
 * What can be done to clusters as such. Every method checks what it can at once (AppError `Busy`,
 * `AlreadyExists`), begins an operation and returns its id; a failed or cancelled creation leaves nothing
 * behind, a failed start leaves the cluster stopped.
 */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  readonly #nodes: DockerNodes;
  readonly #supervised = new Map<string, AbortController>();
  readonly #loops = new Set<Promise<void>>();
  #ended: AbortSignal | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.#nodes = new DockerNodes({ outDir: options.outDir, log: options.log });
  }

  /** Starts what should run, and keeps it running until the signal aborts. */
  async supervise(autostart: readonly string[], signal: AbortSignal): Promise<void> {
    this.#ended = signal;
    const { registry } = this.#options;
    for (const name of new Set([
      ...registry.wanted(),
      ...autostart.filter((entry) => registry.names().includes(entry)),
    ]))
      this.start(name);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    for (const abort of this.#supervised.values()) abort.abort();
    await Promise.all(this.#loops);
  }

  create(request: CreateCluster): string {
    const { registry, operations } = this.#options;
    const { name } = request;
    if (registry.names().includes(name)) {
      throw new AppError({
        code: 'AlreadyExists',
        message: `There is a cluster "${name}" already.`,
        remedy: 'Choose another name, or delete that one first.',
      });
    }
    const dir = registry.dir(name);
    let config: ClusterConfig | undefined;
    const current = () => config ?? readClusterConfig(dir);
    const save = async (changed: ClusterConfig) => {
      config = changed;
      await writeClusterConfig(dir, changed);
    };

    const prepare: PlannedStep = {
      id: 'prepare',
      title: 'Prepare cluster folder',
      run: async () => {
        const [apiPort = 0] = await freePorts(1);
        mkdirSync(dir, { recursive: true, mode: 0o700 });
        await save(planCluster(request, { apiPort, now: new Date() }));
        registry.setState(name, 'creating');
      },
    };
    const docker = request.driver === 'docker' && request.nodes > 0;
    const steps: PlannedStep[] = [
      prepare,
      ...(docker ? this.#nodes.prepareSteps({ current, save, count: request.nodes, dir }) : []),
      this.#controlPlaneStep(name),
      ...(docker ? [this.#nodes.startStep({ current, dir })] : []),
      this.#readyStep(name, current),
    ];
    return operations.start({
      title: `Create cluster ${name}`,
      cluster: name,
      steps: [...steps, this.#settleStep(name)],
      undo: async () => {
        await stopControlPlane(dir);
        if (config) await this.#nodes.removeAll(config);
        await removeTree(paths.clusters(this.#options.dataDir), dir);
        registry.setState(name, null);
      },
    });
  }

  start(name: string): string {
    const { registry } = this.#options;
    const dir = registry.dir(name);
    const current = () => readClusterConfig(dir);
    const hasNodes = current().nodes.length > 0;
    return this.#begin(name, 'starting', {
      title: `Start cluster ${name}`,
      steps: [
        ...(hasNodes ? this.#nodes.revivalSteps({ current, dir }) : []),
        this.#controlPlaneStep(name),
        ...(hasNodes ? [this.#nodes.startStep({ current, dir })] : []),
        this.#readyStep(name, current),
        this.#settleStep(name),
      ],
    });
  }

  stop(name: string): string {
    const dir = this.#options.registry.dir(name);
    return this.#begin(name, 'stopping', {
      title: `Stop cluster ${name}`,
      steps: [
        this.#endSupervision(name),
        {
          id: 'nodes',
          title: 'Stop nodes',
          run: async (reporter, signal) => this.#nodes.stop(readClusterConfig(dir), { reporter, signal }),
        },
        { id: 'control-plane', title: 'Stop control plane', run: async () => stopControlPlane(dir) },
      ],
    });
  }

  delete(name: string): string {
    const { registry, dataDir } = this.#options;
    const dir = registry.dir(name);
    return this.#begin(name, 'deleting', {
      title: `Delete cluster ${name}`,
      steps: [
        this.#endSupervision(name),
        { id: 'control-plane', title: 'Stop control plane', run: async () => stopControlPlane(dir) },
        {
          id: 'nodes',
          title: 'Remove nodes and network',
          run: async () => this.#nodes.removeAll(readClusterConfig(dir)),
        },
        { id: 'files', title: 'Remove files', run: async () => removeTree(paths.clusters(dataDir), dir) },
      ],
    });
  }

  addNodes(name: string, request: { driver: NodeDriver; count: number; size: NodeSize }): string {
    const dir = this.#options.registry.dir(name);
    const current = () => readClusterConfig(dir);
    const save = (changed: ClusterConfig) => writeClusterConfig(dir, changed);
    const { driver, count, size } = request;
    const hollow: PlannedStep = {
      id: 'hollow',
      title: `Add ${count} simulated nodes`,
      // The control plane watches this file and makes as many as it says.
      run: () => save({ ...current(), hollowNodes: current().hollowNodes + count }),
    };
    return this.#begin(name, null, {
      title: `Add ${count} ${count === 1 ? 'node' : 'nodes'} to ${name}`,
      steps: [
        ...(driver === 'hollow' ? [hollow] : this.#nodes.addSteps({ current, save, count, dir, size })),
        this.#readyStep(name, current),
      ],
    });
  }

  removeNode(name: string, node: string): string {
    const dir = this.#options.registry.dir(name);
    const config = readClusterConfig(dir);
    const found = config.nodes.find((entry) => entry.name === node);
    if (!found)
      throw new AppError({
        code: 'NotFound',
        message: `Cluster "${name}" has no Docker node "${node}".`,
        remedy: `See "slipway node list --cluster ${name}".`,
      });
    return this.#begin(name, null, {
      title: `Remove node ${node}`,
      steps: this.#nodes.removeSteps({
        dir,
        node: found,
        current: () => readClusterConfig(dir),
        save: (changed) => writeClusterConfig(dir, changed),
      }),
    });
  }

  loadImages(name: string, images: readonly string[]): string {
    const config = readClusterConfig(this.#options.registry.dir(name));
    return this.#begin(name, null, {
      title: `Load ${images.join(', ')}`,
      steps: this.#nodes.loadSteps(config, images),
    });
  }

  /** Begins an operation on one cluster at a time; `state` is shown meanwhile. */
  #begin(
    name: string,
    state: ClusterState | null,
    planned: { title: string; steps: readonly PlannedStep[] },
  ): string {
    const { registry, operations } = this.#options;
    if (registry.isBusy(name)) {
      throw new AppError({
        code: 'Busy',
        message: `Cluster "${name}" is ${registry.summary(name).state} just now.`,
        remedy: 'Wait until that is over, or cancel it.',
      });
    }
    if (state !== null) registry.setState(name, state);
    const id = operations.start({ ...planned, cluster: name });
    void operations.finished(id).then((operation) => {
      const failed = operation.state === 'failed' && state !== null && operation.error;
      registry.setState(name, failed ? 'failed' : null, failed ? new AppError(failed) : null);
    });
    return id;
  }

  #controlPlaneStep(name: string): PlannedStep {
    return {
      id: 'control-plane',
      title: 'Start control plane',
      run: async (_reporter, signal) => {
        await startControlPlane({ clusterDir: this.#options.registry.dir(name), entry: this.#entry, signal });
      },
    };
  }

  #readyStep(name: string, current: () => ClusterConfig): PlannedStep {
    return {
      id: 'ready',
      title: 'Wait for nodes',
      run: async (reporter, signal) => {
        const config = current();
        const count = config.nodes.length + config.hollowNodes;
        if (count === 0) return reporter.skip('no nodes');
        const { client, dispose } = adminClient(this.#options.registry.dir(name));
        try {
          await waitForNodes(client, { count, detail: () => this.#nodes.logs(config) }, { reporter, signal });
        } finally {
          dispose();
        }
      },
    };
  }

  /** From here on the cluster is to run: remembered, and watched over. */
  #settleStep(name: string): PlannedStep {
    return {
      id: 'settle',
      title: 'Watch over it',
      run: async () => {
        const { registry, log } = this.#options;
        await registry.setWanted(name, true);
        registry.setState(name, null);
        if (this.#supervised.has(name) || !this.#ended || this.#ended.aborted) return;
        const abort = new AbortController();
        this.#supervised.set(name, abort);
        const loop = runSupervisor(
          {
            name,
            clusterDir: registry.dir(name),
            entry: this.#entry,
            onChange: (change) => {
              log(`cluster ${name}: control plane ${change.type}`);
              if (change.type === 'back') registry.setState(name, null);
              else
                registry.setState(
                  name,
                  change.type === 'lost' ? 'starting' : 'failed',
                  change.type === 'failing' ? change.error : null,
                );
            },
          },
          abort.signal,
        ).finally(() => this.#loops.delete(loop));
        this.#loops.add(loop);
      },
    };
  }

  #endSupervision(name: string): PlannedStep {
    return {
      id: 'release',
      title: 'Let go of it',
      run: async () => {
        await this.#options.registry.setWanted(name, false);
        this.#supervised.get(name)?.abort();
        this.#supervised.delete(name);
      },
    };
  }

  get #entry(): string {
    return `${this.#options.outDir}main/control-plane.js`;
  }
}
