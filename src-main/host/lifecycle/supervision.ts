import type { ClusterRegistry } from '../registry.ts';
import { runSupervisor } from '../supervisor.ts';

interface Supervised {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** The clusters whose control plane is watched over, and how they fare. */
export class Supervision {
  readonly #registry: ClusterRegistry;
  readonly #entry: string;
  readonly #log: (message: string) => void;
  readonly #clusters = new Map<string, Supervised>();
  #isClosed = false;

  constructor(options: { registry: ClusterRegistry; entry: string; log(message: string): void }) {
    this.#registry = options.registry;
    this.#entry = options.entry;
    this.#log = options.log;
  }

  /** Harmless when it is watched already, and after {@link close}. */
  watch(name: string): void {
    if (this.#isClosed || this.#clusters.has(name)) return;
    const abort = new AbortController();
    const registry = this.#registry;
    const ended = runSupervisor(
      {
        name,
        clusterDir: registry.dir(name),
        entry: this.#entry,
        onChange: (change) => {
          this.#log(`cluster ${name}: control plane ${change.type}`);
          if (change.type === 'back') registry.setState(name, null);
          else if (change.type === 'failing') registry.setState(name, 'failed', change.error);
          else registry.setState(name, 'starting');
        },
      },
      abort.signal,
    );
    this.#clusters.set(name, { abort, ended });
  }

  /** Resolves once nothing here starts the cluster's control plane any more. */
  async release(name: string): Promise<void> {
    const supervised = this.#clusters.get(name);
    this.#clusters.delete(name);
    supervised?.abort.abort();
    await supervised?.ended;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#clusters.keys()].map((name) => this.release(name)));
  }
}
