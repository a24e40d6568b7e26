import type { ClusterConfig } from '@shared/rpc/cluster-config.ts';
import type { NodeDriver, NodeSize } from '@shared/rpc/contract.ts';
import { connectDocker } from '../../docker/engine.ts';
import { readClusterConfig, writeClusterConfig } from '../cluster-files.ts';
import type { PlannedStep } from '../operations/operations.ts';
import type { ClusterRegistry } from '../registry.ts';
import type { ClusterWork } from './cluster-work.ts';
import type { DockerNodes } from './docker-nodes.ts';
import { cordonNode, drainNode, forgetNode, uncordonNode } from './drain.ts';
import { findNode, refuseNodes, requireRunning } from './node-changes.ts';
import { ownerOf, withMoreHollow, withoutNode } from './plan.ts';
import type { RunningSteps } from './running-steps.ts';

export interface NodeWorkOptions {
  readonly registry: ClusterRegistry;
  readonly work: ClusterWork;
  readonly nodes: DockerNodes;
  readonly steps: RunningSteps;
}

/**
 * What can be done to the nodes of a cluster that runs. Like {@link Lifecycle}: every method checks what it can at
 * once, begins an operation and returns its id.
 */
export class NodeWork {
  readonly #options: NodeWorkOptions;

  constructor(options: NodeWorkOptions) {
    this.#options = options;
  }

  add(name: string, request: { driver: NodeDriver; count: number; size: NodeSize }): string {
    const { registry, work, nodes, steps } = this.#options;
    requireRunning(registry.summary(name));
    const access = this.#configOf(name);
    refuseNodes(access.current(), request);
    const { driver, count, size } = request;
    const hollow: PlannedStep = {
      id: 'hollow',
      title: `Add ${count} simulated ${count === 1 ? 'node' : 'nodes'}`,
      // The control plane watches this file and simulates the nodes it names.
      run: () => access.save(withMoreHollow(access.current(), count)),
    };
    const docker = nodes.addSteps({ ...access, count, size });
    return work.begin(name, {
      title: `Add ${count} ${count === 1 ? 'node' : 'nodes'} to ${name}`,
      state: null,
      steps: [...(driver === 'hollow' ? [hollow] : docker.steps), steps.ready(name, access.current)],
      ...(driver === 'docker' && { undo: docker.undo }),
    });
  }

  /** Pods leave first (as `kubectl drain` would have it), then the container and the Node object go. */
  remove(name: string, node: string): string {
    const { registry, work, nodes } = this.#options;
    const { dir, current, save } = this.#configOf(name);
    const found = findNode(current(), node);
    requireRunning(registry.summary(name));
    let isCordoned = false;
    const drain: PlannedStep = {
      id: 'drain',
      title: 'Move its pods',
      run: async (reporter, signal) => {
        if (found !== 'simulated') await connectDocker(); // not there: nothing is begun
        isCordoned = await cordonNode(dir, node);
        await drainNode(dir, node, { reporter, signal });
      },
    };
    const container: PlannedStep = {
      id: 'container',
      title: 'Remove its container',
      run: () => nodes.remove(ownerOf(current()), node),
    };
    const forget: PlannedStep = {
      id: 'forget',
      title: 'Forget it',
      run: async (reporter) => {
        const rest = withoutNode(current(), node);
        await save(rest);
        isCordoned = false;
        await forgetNode(dir, node);
        if (rest.nodes.length + rest.hollowNodes === 0)
          reporter.note('it was the last one: pods wait until a node is added');
      },
    };
    return work.begin(name, {
      title: `Remove node ${node}`,
      state: null,
      steps: found === 'simulated' ? [drain, forget] : [drain, container, forget],
      undo: async () => {
        if (isCordoned) await uncordonNode(dir, node);
      },
    });
  }

  loadImages(name: string, images: readonly string[]): string {
    const { registry, work, nodes } = this.#options;
    requireRunning(registry.summary(name));
    return work.begin(name, {
      title: `Load ${images.join(', ')}`,
      state: null,
      steps: nodes.loadSteps(this.#configOf(name), images),
    });
  }

  #configOf(name: string) {
    const dir = this.#options.registry.dir(name);
    return {
      dir,
      current: () => readClusterConfig(dir),
      save: (changed: ClusterConfig) => writeClusterConfig(dir, changed),
    };
  }
}
