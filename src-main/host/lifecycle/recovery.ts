import type { ClusterConfig } from '@shared/rpc/cluster-config.ts';
import type { NodeContainerState } from '../../docker/node-state.ts';
import { isUnfinished, readClusterConfig, readControlPlaneState } from '../cluster-files.ts';
import type { ClusterRegistry } from '../registry.ts';
import type { DockerNodes } from './docker-nodes.ts';
import { ownerOf } from './plan.ts';

/** After a revival a cluster is left alone for this long, so that one that fails does not fail all the time. */
const pauseMs = 60_000;

export interface RecoveryOptions {
  readonly registry: ClusterRegistry;
  readonly nodes: DockerNodes;
  isBusy(name: string): boolean;
  /** Starts a cluster that should run, with nodes that lack a container getting one. */
  revive(name: string): void;
  log(message: string): void;
}

/** What has to be done for one cluster, from what should be and what Docker has. Pure. */
export function planRecovery(seen: {
  config: Pick<ClusterConfig, 'nodes'>;
  isWanted: boolean;
  /** Docker was away when last looked at. */
  isBack: boolean;
  hasControlPlane: boolean;
  containers: readonly Pick<NodeContainerState, 'container' | 'state'>[];
}): 'revive' | 'stop' | 'nothing' {
  const { config, isWanted, isBack, hasControlPlane, containers } = seen;
  const stateOf = (name: string) => containers.find(({ container }) => container === name)?.state;
  const states = config.nodes.map(({ container }) => stateOf(container));
  if (!isWanted) return isBack && !hasControlPlane && states.includes('running') ? 'stop' : 'nothing';
  if (states.includes(undefined)) return 'revive';
  // A container that was stopped by hand, Docker running, stays stopped: that is how node failures are tried out.
  return isBack && (!hasControlPlane || states.some((state) => state !== 'running')) ? 'revive' : 'nothing';
}

/**
 * Makes good what happens in Docker behind Slipway's back: node containers that were removed, an engine that went
 * away and came back, containers of clusters that were stopped or deleted meanwhile.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #notBefore = new Map<string, number>();
  /** True at first: what happened before this app began is not known. */
  #wasAway = true;
  #isChecking = false;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** The engine went away, if only for a moment between two checks. */
  dockerLost(): void {
    this.#wasAway = true;
    this.#notBefore.clear();
  }

  /** Looks and acts once; a call while another goes on does nothing. Never rejects. */
  async check(isDockerThere: boolean): Promise<void> {
    if (this.#isChecking) return;
    if (!isDockerThere) return this.dockerLost();
    this.#isChecking = true;
    const isBack = this.#wasAway;
    this.#wasAway = false;
    try {
      if (isBack) await this.#removeLeftovers();
      for (const name of this.#options.registry.names()) await this.#checkCluster(name, isBack);
    } catch (error) {
      this.#wasAway ||= isBack;
      this.#options.log(`looking after node containers: ${String(error)}`);
    } finally {
      this.#isChecking = false;
    }
  }

  async #checkCluster(name: string, isBack: boolean): Promise<void> {
    const { registry, nodes, isBusy, revive, log } = this.#options;
    const dir = registry.dir(name);
    if (isBusy(name) || isUnfinished(dir)) return;
    const config = readConfig(dir);
    if (!config || config.nodes.length === 0) return;
    const isWanted = registry.wanted().includes(name);
    if (!isWanted && !isBack) return;
    const containers = await nodes.list(ownerOf(config));
    if (isBusy(name)) return;
    const hasControlPlane = readControlPlaneState(dir) !== undefined;
    const what = planRecovery({ config, isWanted, isBack, hasControlPlane, containers });
    if (what === 'stop') {
      log(`cluster ${name}: stopping nodes that came back with Docker`);
      await nodes.stop(config, { note: ignore, log: ignore, skip: ignore });
    } else if (what === 'revive' && Date.now() >= (this.#notBefore.get(name) ?? 0)) {
      log(`cluster ${name}: bringing back its nodes`);
      this.#notBefore.set(name, Date.now() + pauseMs);
      revive(name);
    }
  }

  async #removeLeftovers(): Promise<void> {
    const { registry, nodes, log } = this.#options;
    for (const leftover of registry.leftovers()) {
      log(`removing what Docker holds of the deleted cluster ${leftover.cluster}`);
      await nodes.removeAll(leftover);
      await registry.setLeftover(leftover, false);
    }
  }
}

const ignore = () => undefined;

function readConfig(clusterDir: string): ClusterConfig | undefined {
  try {
    return readClusterConfig(clusterDir);
  } catch {
    return undefined; // damaged: the list of clusters says so
  }
}
