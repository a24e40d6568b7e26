import { mkdirSync } from 'node:fs';
import { AppError } from '@shared/lib/app-error.ts';
import type { ClusterConfig } from '@shared/rpc/cluster-config.ts';
import type { CreateCluster, DockerState } from '@shared/rpc/contract.ts';
import { untilEngineGone } from '../../docker/engine.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { requireSpace } from '../../platform/disk-space.ts';
import {
  isUnfinished,
  readClusterConfig,
  readControlPlaneState,
  writeClusterConfig,
} from '../cluster-files.ts';
import { stopControlPlane } from '../control-plane-process.ts';
import { clusterBytes, clusterPaths } from '../data-dir.ts';
import type { Operations, PlannedStep } from '../operations/operations.ts';
import { freePorts } from '../ports.ts';
import type { ClusterRegistry } from '../registry.ts';
import { ClusterWork } from './cluster-work.ts';
import { DockerNodes } from './docker-nodes.ts';
import { NodeWork } from './node-work.ts';
import { planCluster } from './plan.ts';
import { Recovery } from './recovery.ts';
import { Removal } from './removal.ts';
import { RunningSteps } from './running-steps.ts';
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
  readonly #registry: ClusterRegistry;
  readonly #work: ClusterWork;
  readonly #nodes: DockerNodes;
  readonly #supervision: Supervision;
  readonly #steps: RunningSteps;
  readonly #removal: Removal;
  readonly #recovery: Recovery;
  /** Aborts when nothing is to be looked after any more. */
  #supervising: AbortSignal | undefined;
  /** Runs while an engine is there. */
  #following: Promise<void> | undefined;
  /** What can be done to a running cluster's nodes. */
  readonly nodes: NodeWork;

  constructor({ dataDir, registry, operations, outDir, hangLimitMs, log }: LifecycleOptions) {
    this.#registry = registry;
    const entry = `${outDir}main/control-plane.js`;
    this.#work = new ClusterWork(registry, operations);
    this.#nodes = new DockerNodes(outDir);
    this.#supervision = new Supervision({ registry, operations, entry, hangLimitMs, log });
    const nodes = this.#nodes;
    this.#steps = new RunningSteps({ registry, nodes, supervision: this.#supervision, entry });
    this.#removal = new Removal({ dataDir, registry, nodes });
    this.nodes = new NodeWork({ registry, work: this.#work, nodes, steps: this.#steps });
    this.#recovery = new Recovery({
      registry,
      nodes,
      isBusy: (name) => this.#work.isBusy(name),
      revive: (name) => this.#revive(name),
      log,
    });
  }

  /** Takes over what runs, starts what should run, and keeps it running until the signal aborts. */
  async supervise(autostart: readonly string[], signal: AbortSignal): Promise<void> {
    const registry = this.#registry;
    this.#supervising = signal;
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
    await this.#following;
    await this.#supervision.close();
  }

  /** To be told every few seconds how Docker fares; brings back by itself what Docker lost. Never rejects. */
  async dockerChecked(docker: DockerState): Promise<void> {
    this.#registry.setDocker(docker);
    const signal = this.#supervising;
    if (docker.state === 'running' && signal && !signal.aborted) {
      this.#following ??= untilEngineGone(signal).then((isGone) => {
        if (isGone) this.#recovery.dockerLost();
        this.#following = undefined;
      });
    }
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
        await this.#removal.removeAll(name);
        requireSpace(dir, clusterBytes);
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
        this.#steps.controlPlane(name),
        ...(docker ? [this.#nodes.startStep({ current, save, dir })] : []),
        this.#steps.ready(name, current),
        this.#steps.settle(name),
      ],
      undo: async () => {
        await this.#supervision.release(name);
        await registry.setWanted(name, false);
        await this.#removal.removeAll(name);
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
      steps: [this.#steps.want(name), ...this.#steps.start(name, config)],
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
        this.#steps.release(name),
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
        this.#steps.release(name),
        { id: 'control-plane', title: 'Stop control plane', run: async () => stopControlPlane(dir) },
        {
          id: 'nodes',
          title: 'Remove nodes and network',
          run: async (reporter) => {
            if (await this.#removal.removeDockerParts(name)) return;
            reporter.skip('Docker does not run: they are removed when it is back');
          },
        },
        {
          id: 'files',
          title: 'Remove files',
          run: async (reporter) => {
            const forgotten = await this.#removal.forget(name);
            if (forgotten !== undefined) reporter.note(forgotten);
            await this.#removal.removeFolder(name);
          },
        },
      ],
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
        steps: this.#steps.start(name, config),
        undo: async () => {
          if (readControlPlaneState(this.#registry.dir(name))) this.#supervision.watch(name);
        },
      });
    } catch (error) {
      this.#registry.setState(name, 'failed', error);
    }
  }
}

const ignore = () => undefined;

function neverFinished(name: string): AppError {
  return new AppError({
    code: 'InvalidArgument',
    message: `Cluster "${name}" was never finished: Slipway ended while it was being created.`,
    remedy: `Delete it (slipway cluster delete ${name}), or create it again under the same name.`,
  });
}
