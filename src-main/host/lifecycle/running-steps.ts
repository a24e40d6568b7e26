import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { ClusterConfig } from '@shared/rpc/cluster-config.ts';
import { readClusterConfig, readControlPlaneState, writeClusterConfig } from '../cluster-files.ts';
import { obstacleOf } from '../control-plane-end.ts';
import { startControlPlane } from '../control-plane-process.ts';
import { clusterPaths } from '../data-dir.ts';
import { refreshMergedKubeconfig } from '../kubeconfig-merge.ts';
import type { PlannedStep } from '../operations/operations.ts';
import { freePorts, isPortFree } from '../ports.ts';
import type { ClusterRegistry } from '../registry.ts';
import { adminClient } from './admin-client.ts';
import type { DockerNodes } from './docker-nodes.ts';
import { waitForNodes } from './readiness.ts';
import type { Supervision } from './supervision.ts';

export interface RunningStepsOptions {
  readonly registry: ClusterRegistry;
  readonly nodes: DockerNodes;
  readonly supervision: Supervision;
  /** Path of the built control-plane entry. */
  readonly entry: string;
}

/** The steps by which a cluster comes to run, stays so, and is let go of. */
export class RunningSteps {
  readonly #options: RunningStepsOptions;

  constructor(options: RunningStepsOptions) {
    this.#options = options;
  }

  /** All of them, for a cluster that was created before. */
  start(name: string, config: ClusterConfig): readonly PlannedStep[] {
    const { registry, nodes } = this.#options;
    const dir = registry.dir(name);
    const current = () => readClusterConfig(dir);
    const save = (changed: ClusterConfig) => writeClusterConfig(dir, changed);
    const hasContainers = config.nodes.length > 0;
    return [
      ...(hasContainers ? nodes.revivalSteps({ current }) : []),
      this.controlPlane(name),
      ...(hasContainers
        ? [nodes.startStep({ current, save, dir }), ...nodes.imageSteps({ current, dir })]
        : []),
      this.ready(name, current, Date.now()),
      this.settle(name),
    ];
  }

  /** The API server answers afterwards, at another port when its own is taken. */
  controlPlane(name: string): PlannedStep {
    const { registry, supervision, entry } = this.#options;
    return {
      id: 'control-plane',
      title: 'Start control plane',
      run: async (reporter, signal) => {
        const clusterDir = registry.dir(name);
        await supervision.release(name); // two must not start it at once
        const config = readClusterConfig(clusterDir);
        const isTaken = !readControlPlaneState(clusterDir) && !(await isPortFree(config.apiPort));
        if (isTaken) {
          const [apiPort = 0] = await freePorts(1);
          await writeClusterConfig(clusterDir, { ...config, apiPort });
          reporter.note(`port ${config.apiPort} is taken, now at ${apiPort}`);
        }
        await startControlPlane({ clusterDir, entry, signal });
        if (isTaken) await refreshMergedKubeconfig(readFileSync(clusterPaths.kubeconfig(clusterDir), 'utf8'));
      },
    };
  }

  ready(name: string, current: () => ClusterConfig, aliveSinceMs = 0): PlannedStep {
    const { registry, nodes } = this.#options;
    return {
      id: 'ready',
      title: 'Wait for nodes',
      run: async (reporter, signal) => {
        const config = current();
        const count = config.nodes.length + config.hollowNodes;
        if (count === 0) return reporter.skip('no nodes');
        const { client, dispose } = adminClient(registry.dir(name));
        try {
          await waitForNodes(
            client,
            {
              count,
              aliveSinceMs,
              detail: () => nodes.logs(config),
              obstacle: () => obstacleOf(registry.dir(name)),
            },
            { reporter, signal },
          );
        } finally {
          dispose();
        }
      },
    };
  }

  /** Remembered first, so that a crash on the way is made good by the next app. */
  want(name: string): PlannedStep {
    return {
      id: 'want',
      title: 'Mark it as running',
      run: () => this.#options.registry.setWanted(name, true),
    };
  }

  /** From here on the cluster is to run: remembered, and watched over. */
  settle(name: string): PlannedStep {
    const { registry, supervision } = this.#options;
    return {
      id: 'settle',
      title: 'Watch over it',
      run: async () => {
        await registry.setWanted(name, true);
        await rm(clusterPaths.unfinished(registry.dir(name)), { force: true });
        supervision.watch(name);
      },
    };
  }

  /** The other way round: nobody starts it again. */
  release(name: string): PlannedStep {
    const { registry, supervision } = this.#options;
    return {
      id: 'release',
      title: 'Stop watching over it',
      run: async (reporter) => {
        await supervision.release(name);
        // A full disk must not keep a cluster from being stopped or deleted.
        await registry.setWanted(name, false).catch((error: unknown) => reporter.log(String(error)));
      },
    };
  }
}
