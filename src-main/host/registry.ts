import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AppErrorBody } from '@shared/lib/app-error.ts';
import type { ClusterState, ClusterSummary } from '@shared/rpc/contract.ts';
import { Low } from 'lowdb';
import { JSONFile } from 'lowdb/node';
import { clusterNames, readClusterConfig, readControlPlaneState } from './cluster-files.ts';
import { paths } from './data-dir.ts';
import { toErrorBody } from './operations/operations.ts';

interface RegistryFile {
  /** Clusters that should run: those a crash or a reboot must not leave stopped. */
  running: string[];
}

/**
 * Which clusters there are and how each fares. A cluster exists when its folder holds a configuration; the
 * registry file only remembers which ones should run, so that losing it loses no cluster.
 */
export class ClusterRegistry {
  readonly #dataDir: string;
  readonly #db: Low<RegistryFile>;
  readonly #onChange: () => void;
  /** States that are not visible on disk: what is under way, and what failed. */
  readonly #passing = new Map<string, { state: ClusterState; error: AppErrorBody | null }>();

  private constructor(dataDir: string, db: Low<RegistryFile>, onChange: () => void) {
    this.#dataDir = dataDir;
    this.#db = db;
    this.#onChange = onChange;
  }

  static async open(dataDir: string, onChange: () => void): Promise<ClusterRegistry> {
    const file = paths.registry(dataDir);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const db = new Low<RegistryFile>(new JSONFile<RegistryFile>(file), { running: [] });
    await db.read().catch(() => undefined); // unreadable: nothing is remembered as running, nothing else is lost
    if (!Array.isArray(db.data?.running)) db.data = { running: [] };
    return new ClusterRegistry(dataDir, db, onChange);
  }

  names(): readonly string[] {
    return clusterNames(this.#dataDir);
  }

  dir(name: string): string {
    return paths.cluster(this.#dataDir, name);
  }

  /** Names of clusters that should run. */
  wanted(): readonly string[] {
    return this.names().filter((name) => this.#db.data.running.includes(name));
  }

  async setWanted(name: string, running: boolean): Promise<void> {
    const others = this.#db.data.running.filter((other) => other !== name);
    this.#db.data.running = running ? [...others, name] : others;
    await this.#db.write();
  }

  /** Marks what is under way; `null` goes back to what the disk says. */
  setState(name: string, state: ClusterState | null, error: unknown = null): void {
    if (state === null) this.#passing.delete(name);
    else this.#passing.set(name, { state, error: error === null ? null : toErrorBody(error) });
    this.#onChange();
  }

  /** True while an operation works on the cluster. */
  isBusy(name: string): boolean {
    const state = this.#passing.get(name)?.state;
    return state !== undefined && state !== 'failed';
  }

  list(): readonly ClusterSummary[] {
    return this.names().map((name) => this.summary(name));
  }

  summary(name: string): ClusterSummary {
    const passing = this.#passing.get(name);
    try {
      const config = readClusterConfig(this.dir(name));
      const process = readControlPlaneState(this.dir(name));
      return {
        name,
        state: passing?.state ?? (process ? 'running' : 'stopped'),
        driver: config.driver,
        nodes: config.nodes.length,
        hollowNodes: config.hollowNodes,
        createdAt: config.createdAt,
        server: process ? `https://127.0.0.1:${process.port}` : null,
        error: passing?.error ?? null,
      };
    } catch (error) {
      return {
        name,
        state: 'failed',
        driver: 'hollow',
        nodes: 0,
        hollowNodes: 0,
        createdAt: '',
        server: null,
        error: toErrorBody(error),
      };
    }
  }
}
