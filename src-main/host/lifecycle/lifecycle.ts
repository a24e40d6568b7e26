import { mkdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { AppError } from '@shared/lib/app-error.ts';
import type { ClusterConfig } from '@shared/rpc/cluster-config.ts';
import type { CreateCluster, DockerState, NodeDriver, NodeSize } from '@shared/rpc/contract.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { removeTree } from '../../platform/remove-tree.ts';
import {
  isUnfinished,
  readClusterConfig,
  readClusterUid,
  readControlPlaneState,
  writeClusterConfig,
} from '../cluster-files.ts';
import { startControlPlane, stopControlPlane } from '../control-plane-process.ts';
import { clusterPaths, paths } from '../data-dir.ts';
import { refreshMergedKubeconfig } from '../kubeconfig-merge.ts';
import type { Operations, PlannedStep } from '../operations/operations.ts';
import { freePorts, isPortFree } from '../ports.ts';
import type { ClusterRegistry } from '../registry.ts';
import { adminClient } from './admin-client.ts';
import { ClusterWork } from './cluster-work.ts';
import { DockerNodes, isDockerAway } from './docker-nodes.ts';
import { findNode, refuseNodes, requireRunning } from './node-changes.ts';
import { planCluster } from './plan.ts';
import { waitForNodes } from './readiness.ts';
import { Recovery } from './recovery.ts';
import { Supervision } from './supervision.ts';

export interface LifecycleOptions {
  readonly dataDir: string;
  readonly registry: ClusterRegistry;
  readonly operations: Operations;
  /** Folder of the built app, with a trailing slash. */
  readonly outDir: string;
  /** See `hangLimitMs` of `../liveness.ts`. */
  readonly hangLimitMs: number;
  log(message: string): void;
}

/**
 * What can be done to clusters as such. Every method checks what it can at once (AppError `Busy`,
 * `AlreadyExists`), begins an operation and returns its id; a failed or cancelled creation leaves nothing
 * behind, a failed start leaves the cluster stopped.
 */
export class Lifecycle {
  readonly #dataDir: string;
  readonly #registry: ClusterRegistry;
  readonly #work: ClusterWork;
  readonly #nodes: DockerNodes;
  readonly #supervision: Supervision;
  readonly #recovery: Recovery;
  readonly #entry: string;

  constructor({ dataDir, registry, operations, outDir, hangLimitMs, log }: LifecycleOptions) {
    this.#dataDir = dataDir;
    this.#registry = registry;
    this.#entry = `${outDir}main/control-plane.js`;
    this.#work = new ClusterWork(registry, operations);
    this.#nodes = new DockerNodes(outDir);
    this.#supervision = new Supervision({ registry, operations, entry: this.#entry, hangLimitMs, log });
    this.#recovery = new Recovery({
      registry,
      nodes: this.#nodes,
      isBusy: (name) => this.#work.isBusy(name),
      revive: (name) => this.#revive(name),
      log,
    });
  }

  /** Takes over what runs, starts what should run, and keeps it running until the signal aborts. */
  async supervise(autostart: readonly string[], signal: AbortSignal): Promise<void> {
    const registry = this.#registry;
    const chosen = autostart.filter((name) => registry.names().includes(name));
    for (const name of new Set([...registry.wanted(), ...chosen])) {
      if (isUnfinished(registry.dir(name))) continue;
      if (readControlPlaneState(registry.dir(name))) this.#supervision.watch(name);
      else this.#revive(name);
    }
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await this.#supervision.close();
  }

  /** To be told every few seconds how Docker fares; brings back by itself what Docker lost. Never rejects. */
  async dockerChecked(docker: DockerState): Promise<void> {
    this.#registry.setDocker(docker);
    await this.#recovery.check(docker.state === 'running');
  }

  create(request: CreateCluster): string {
    const registry = this.#registry;
    const { name } = request;
    const dir = registry.dir(name);
    if (this.#work.isBusy(name) || (registry.names().includes(name) && !isUnfinished(dir))) {
      throw new AppError({
        code: 'AlreadyExists',
        message: `There is a cluster "${name}" already.`,
        remedy: 'Choose another name, or delete that one first.',
      });
    }
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
        await this.#removeRemains(name);
        const [apiPort = 0] = await freePorts(1);
        mkdirSync(dir, { recursive: true, mode: 0o700 });
        await writeFileAtomic(clusterPaths.unfinished(dir), '');
        await save(planCluster(request, { apiPort, now: new Date() }));
        registry.setState(name, 'creating');
      },
    };
    const docker = request.driver === 'docker' && request.nodes > 0;
    return this.#work.begin(name, {
      title: `Create cluster ${name}`,
      state: 'creating',
      steps: [
        prepare,
        ...(docker ? this.#nodes.prepareSteps({ current, save, count: request.nodes, dir }) : []),
        this.#controlPlaneStep(name),
        ...(docker ? [this.#nodes.startStep({ current, save, dir })] : []),
        this.#readyStep(name, current),
        this.#settleStep(name),
      ],
      undo: async () => {
        await this.#supervision.release(name);
        await registry.setWanted(name, false);
        await this.#removeRemains(name);
      },
    });
  }

  start(name: string): string {
    const dir = this.#registry.dir(name);
    const ran = readControlPlaneState(dir) !== undefined;
    const config = readClusterConfig(dir);
    if (isUnfinished(dir)) throw neverFinished(name);
    return this.#work.begin(name, {
      title: `Start cluster ${name}`,
      state: 'starting',
      steps: [this.#wantStep(name), ...this.#startSteps(name, config)],
      undo: async () => {
        if (ran) return this.#supervision.watch(name);
        await this.#registry.setWanted(name, false);
        await stopControlPlane(dir);
        await this.#nodes.stop(readClusterConfig(dir), { note: ignore, log: ignore, skip: ignore });
      },
    });
  }

  stop(name: string): string {
    const dir = this.#registry.dir(name);
    return this.#work.begin(name, {
      title: `Stop cluster ${name}`,
      state: 'stopping',
      supersedes: ['starting', null],
      steps: [
        this.#endSupervision(name),
        {
          id: 'nodes',
          title: 'Stop nodes',
          run: async (reporter) => this.#nodes.stop(readClusterConfig(dir), reporter),
        },
        { id: 'control-plane', title: 'Stop control plane', run: async () => stopControlPlane(dir) },
      ],
    });
  }

  delete(name: string): string {
    const dir = this.#registry.dir(name);
    return this.#work.begin(name, {
      title: `Delete cluster ${name}`,
      state: 'deleting',
      supersedes: ['creating', 'starting', 'stopping', null],
      steps: [
        this.#endSupervision(name),
        { id: 'control-plane', title: 'Stop control plane', run: async () => stopControlPlane(dir) },
        {
          id: 'nodes',
          title: 'Remove nodes and network',
          run: async (reporter) => {
            if (await this.#removeDockerParts(name)) return;
            reporter.skip('Docker does not run: they are removed when it is back');
          },
        },
        {
          id: 'files',
          title: 'Remove files',
          run: async () => removeTree(paths.clusters(this.#dataDir), dir),
        },
      ],
    });
  }

  addNodes(name: string, request: { driver: NodeDriver; count: number; size: NodeSize }): string {
    requireRunning(this.#registry.summary(name));
    const dir = this.#registry.dir(name);
    const current = () => readClusterConfig(dir);
    refuseNodes(current(), request);
    const save = (changed: ClusterConfig) => writeClusterConfig(dir, changed);
    const { driver, count, size } = request;
    const hollow: PlannedStep = {
      id: 'hollow',
      title: `Add ${count} simulated ${count === 1 ? 'node' : 'nodes'}`,
      // The control plane watches this file and makes as many as it says.
      run: () => save({ ...current(), hollowNodes: current().hollowNodes + count }),
    };
    const docker = this.#nodes.addSteps({ current, save, count, dir, size });
    return this.#work.begin(name, {
      title: `Add ${count} ${count === 1 ? 'node' : 'nodes'} to ${name}`,
      state: null,
      steps: [...(driver === 'hollow' ? [hollow] : docker.steps), this.#readyStep(name, current)],
      ...(driver === 'docker' && { undo: docker.undo }),
    });
  }

  removeNode(name: string, node: string): string {
    const dir = this.#registry.dir(name);
    const config = readClusterConfig(dir);
    const found = findNode(config, node);
    requireRunning(this.#registry.summary(name));
    return this.#work.begin(name, {
      title: `Remove node ${node}`,
      state: null,
      steps: this.#nodes.removeSteps({
        dir,
        node: found,
        current: () => readClusterConfig(dir),
        save: (changed) => writeClusterConfig(dir, changed),
      }),
    });
  }

  loadImages(name: string, images: readonly string[]): string {
    requireRunning(this.#registry.summary(name));
    const config = readClusterConfig(this.#registry.dir(name));
    return this.#work.begin(name, {
      title: `Load ${images.join(', ')}`,
      state: null,
      steps: this.#nodes.loadSteps(config, images),
    });
  }

  /** Starts a cluster that should run; a failure is shown and leaves it wanted. */
  #revive(name: string): void {
    if (this.#work.isBusy(name)) return;
    try {
      const config = readClusterConfig(this.#registry.dir(name));
      this.#work.begin(name, {
        title: `Bring back cluster ${name}`,
        state: 'starting',
        steps: this.#startSteps(name, config),
        undo: async () => {
          if (readControlPlaneState(this.#registry.dir(name))) this.#supervision.watch(name);
        },
      });
    } catch (error) {
      this.#registry.setState(name, 'failed', error);
    }
  }

  #startSteps(name: string, { nodes }: ClusterConfig): readonly PlannedStep[] {
    const dir = this.#registry.dir(name);
    const current = () => readClusterConfig(dir);
    const save = (changed: ClusterConfig) => writeClusterConfig(dir, changed);
    return [
      ...(nodes.length > 0 ? this.#nodes.revivalSteps({ current }) : []),
      this.#controlPlaneStep(name),
      ...(nodes.length > 0 ? [this.#nodes.startStep({ current, save, dir })] : []),
      this.#readyStep(name, current, Date.now()),
      this.#settleStep(name),
    ];
  }

  /** Everything of a cluster that never came to be, or is to be no more. */
  async #removeRemains(name: string): Promise<void> {
    const dir = this.#registry.dir(name);
    await stopControlPlane(dir);
    await this.#removeDockerParts(name);
    await removeTree(paths.clusters(this.#dataDir), dir);
  }

  /** False when Docker is away: what it holds is then removed when it is back. */
  async #removeDockerParts(name: string): Promise<boolean> {
    const dir = this.#registry.dir(name);
    const uid = readClusterUid(dir);
    if (uid === undefined && !this.#registry.names().includes(name)) return true;
    try {
      await this.#nodes.removeAll({ cluster: name, uid });
      return true;
    } catch (error) {
      if (!isDockerAway(error)) throw error;
      if (uid === undefined || isHollow(dir)) return true;
      await this.#registry.setLeftover({ cluster: name, uid }, true);
      return false;
    }
  }

  #controlPlaneStep(name: string): PlannedStep {
    return {
      id: 'control-plane',
      title: 'Start control plane',
      run: async (reporter, signal) => {
        const clusterDir = this.#registry.dir(name);
        await this.#supervision.release(name); // two must not start it at once
        const config = readClusterConfig(clusterDir);
        const isTaken = !readControlPlaneState(clusterDir) && !(await isPortFree(config.apiPort));
        if (isTaken) {
          const [apiPort = 0] = await freePorts(1);
          await writeClusterConfig(clusterDir, { ...config, apiPort });
          reporter.note(`port ${config.apiPort} is taken, now at ${apiPort}`);
        }
        await startControlPlane({ clusterDir, entry: this.#entry, signal });
        if (isTaken) await refreshMergedKubeconfig(readFileSync(clusterPaths.kubeconfig(clusterDir), 'utf8'));
      },
    };
  }

  #readyStep(name: string, current: () => ClusterConfig, aliveSinceMs = 0): PlannedStep {
    return {
      id: 'ready',
      title: 'Wait for nodes',
      run: async (reporter, signal) => {
        const config = current();
        const count = config.nodes.length + config.hollowNodes;
        if (count === 0) return reporter.skip('no nodes');
        const { client, dispose } = adminClient(this.#registry.dir(name));
        try {
          await waitForNodes(
            client,
            { count, aliveSinceMs, detail: () => this.#nodes.logs(config) },
            { reporter, signal },
          );
        } finally {
          dispose();
        }
      },
    };
  }

  /** Remembered first, so that a crash on the way is made good by the next app. */
  #wantStep(name: string): PlannedStep {
    return {
      id: 'want',
      title: 'Remember that it runs',
      run: async () => this.#registry.setWanted(name, true),
    };
  }

  /** From here on the cluster is to run: remembered, and watched over. */
  #settleStep(name: string): PlannedStep {
    return {
      id: 'settle',
      title: 'Keep it running',
      run: async () => {
        await this.#registry.setWanted(name, true);
        await rm(clusterPaths.unfinished(this.#registry.dir(name)), { force: true });
        this.#supervision.watch(name);
      },
    };
  }

  #endSupervision(name: string): PlannedStep {
    return {
      id: 'release',
      title: 'Let go of it',
      run: async (reporter) => {
        await this.#supervision.release(name);
        // A full disk must not keep a cluster from being stopped or deleted.
        await this.#registry.setWanted(name, false).catch((error: unknown) => reporter.log(String(error)));
      },
    };
  }
}

const ignore = () => undefined;

function isHollow(clusterDir: string): boolean {
  try {
    return readClusterConfig(clusterDir).driver === 'hollow';
  } catch {
    return false; // damaged: it may have had containers
  }
}

function neverFinished(name: string): AppError {
  return new AppError({
    code: 'InvalidArgument',
    message: `Cluster "${name}" was never finished: Slipway ended while it was being created.`,
    remedy: `Delete it (slipway cluster delete ${name}), or create it again under the same name.`,
  });
}
