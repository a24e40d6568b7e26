import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readControlPlaneState } from '../cluster-files.ts';
import { clusterPaths } from '../data-dir.ts';
import type { ClusterRegistry } from '../registry.ts';
import { clusterAway, noCluster } from './refusals.ts';
import { createUpstream, type Reached, type Upstream } from './upstream.ts';

/** The API servers of all running clusters, with kept-alive connections; made when first asked for. */
export class Upstreams {
  readonly #registry: ClusterRegistry;
  readonly #known = new Map<string, Upstream>();

  constructor(registry: ClusterRegistry) {
    this.#registry = registry;
  }

  /** The cluster's API server, or why there is none: 404 for an unknown cluster, 503 for one that does not serve now. */
  reach(cluster: string): Reached {
    const upstream = this.#upstreamOf(cluster);
    if (upstream) return { upstream };
    const registry = this.#registry;
    const isKnown = registry.names().includes(cluster);
    return {
      refusal: isKnown
        ? clusterAway(registry.summary(cluster), registry.wanted().includes(cluster))
        : noCluster(cluster),
    };
  }

  #upstreamOf(cluster: string): Upstream | undefined {
    const dir = this.#registry.dir(cluster);
    const state = readControlPlaneState(dir);
    const known = this.#known.get(cluster);
    if (!state) {
      known?.agent.destroy();
      this.#known.delete(cluster);
      return undefined;
    }
    const pki = clusterPaths.pki(dir);
    const ca = readFileSync(join(pki, 'ca.crt'), 'utf8');
    if (known?.port === state.port && known.ca === ca) return known;
    known?.agent.destroy();
    const upstream = createUpstream({
      cluster,
      host: '127.0.0.1',
      port: state.port,
      ca,
      cert: readFileSync(join(pki, 'admin.crt'), 'utf8'),
      key: readFileSync(join(pki, 'admin.key'), 'utf8'),
    });
    this.#known.set(cluster, upstream);
    return upstream;
  }

  close(): void {
    for (const { agent } of this.#known.values()) agent.destroy();
    this.#known.clear();
  }
}
