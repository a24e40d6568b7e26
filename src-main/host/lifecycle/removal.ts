import { existsSync, readFileSync } from 'node:fs';
import { removeTree } from '../../platform/remove-tree.ts';
import { readClusterConfig, readClusterUid } from '../cluster-files.ts';
import { stopControlPlane } from '../control-plane-process.ts';
import { clusterPaths, paths } from '../data-dir.ts';
import { toErrorBody } from '../error-body.ts';
import { unmergeKubeconfig } from '../kubeconfig-merge.ts';
import type { ClusterRegistry } from '../registry.ts';
import { type DockerNodes, isDockerAway } from './docker-nodes.ts';

/** Takes clusters out of the world: their process, what Docker holds of them, their folder. */
export class Removal {
  readonly #dataDir: string;
  readonly #registry: ClusterRegistry;
  readonly #nodes: DockerNodes;

  constructor(options: { dataDir: string; registry: ClusterRegistry; nodes: DockerNodes }) {
    this.#dataDir = options.dataDir;
    this.#registry = options.registry;
    this.#nodes = options.nodes;
  }

  /** Everything of a cluster that never came to be, or is to be no more. */
  async removeAll(name: string): Promise<void> {
    await stopControlPlane(this.#registry.dir(name));
    await this.removeDockerParts(name);
    await this.removeFolder(name);
  }

  /** Takes it out of the user's kubeconfig, if it was merged there, and says so. That file never stands in the way. */
  async forget(name: string): Promise<string | undefined> {
    const kubeconfig = clusterPaths.kubeconfig(this.#registry.dir(name));
    if (!existsSync(kubeconfig)) return undefined;
    try {
      const file = await unmergeKubeconfig(readFileSync(kubeconfig, 'utf8'));
      return file && `its context is out of ${file}`;
    } catch (error) {
      return `its context stays in your kubeconfig: ${toErrorBody(error).message}`;
    }
  }

  async removeFolder(name: string): Promise<void> {
    await removeTree(paths.clusters(this.#dataDir), this.#registry.dir(name));
  }

  /** False when Docker is away: what it holds is then removed when it is back. */
  async removeDockerParts(name: string): Promise<boolean> {
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
}

function isHollow(clusterDir: string): boolean {
  try {
    return readClusterConfig(clusterDir).driver === 'hollow';
  } catch {
    return false; // damaged: it may have had containers
  }
}
