import { mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AppErrorBody } from '@shared/lib/app-error.ts';
import type { ClusterState, ClusterSummary, DockerState } from '@shared/rpc/contract.ts';
import { Low } from 'lowdb';
import { JSONFile } from 'lowdb/node';
import { clusterNames, isUnfinished, readClusterConfig, readControlPlaneState } from './cluster-files.ts';
import { paths } from './data-dir.ts';
import { toErrorBody } from './error-body.ts';

interface RegistryFile {
  /** Clusters that should run: those a crash or a reboot must not leave stopped. */
  running: string[];
  /** Clusters deleted while Docker was off: what Docker still holds of them is to be removed. */
  leftovers: Leftover[];
}

export interface Leftover {
  readonly cluster: string;
  readonly uid: string;
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
  #docker: DockerState | undefined;

  private constructor(dataDir: string, db: Low<RegistryFile>, onChange: () => void) {
    this.#dataDir = dataDir;
    this.#db = db;
    this.#onChange = onChange;
  }

  static async open(dataDir: string, onChange: () => void): Promise<ClusterRegistry> {
    const file = paths.registry(dataDir);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const db = new Low<RegistryFile>(new JSONFile<RegistryFile>(file), { running: [], leftovers: [] });
    const isRead = await db.read().then(
      () => true,
      () => false,
    );
    const given = isRead ? parseRegistry(db.data) : undefined;
    if (!given) renameSync(file, `${file}.broken`);
    // Without the file, those that run now are those that should.
    db.data = given ?? {
      running: clusterNames(dataDir).filter((name) => readControlPlaneState(paths.cluster(dataDir, name))),
      leftovers: [],
    };
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

  /** Holds at once for this app; rejects when it could not be written down for the next one. */
  async setWanted(name: string, running: boolean): Promise<void> {
    if (this.#db.data.running.includes(name) === running) return;
    const others = this.#db.data.running.filter((other) => other !== name);
    this.#db.data.running = running ? [...others, name] : others;
    await this.#db.write();
  }

  leftovers(): readonly Leftover[] {
    return this.#db.data.leftovers;
  }

  async setLeftover(leftover: Leftover, present: boolean): Promise<void> {
    const others = this.#db.data.leftovers.filter(({ uid }) => uid !== leftover.uid);
    this.#db.data.leftovers = present ? [...others, leftover] : others;
    await this.#db.write();
  }

  /** Marks what is under way; `null` goes back to what the disk says. */
  setState(name: string, state: ClusterState | null, error: unknown = null): void {
    if (state === null) this.#passing.delete(name);
    else this.#passing.set(name, { state, error: error === null ? null : toErrorBody(error) });
    this.#onChange();
  }

  /** Tells that what is on disk has changed. */
  announce(): void {
    this.#onChange();
  }

  /** Without Docker the nodes of a cluster are gone, which its summary then says. */
  setDocker(docker: DockerState): void {
    const isChanged = docker.state !== this.#docker?.state;
    this.#docker = docker;
    if (isChanged) this.#onChange();
  }

  list(): readonly ClusterSummary[] {
    return this.names().map((name) => this.summary(name));
  }

  summary(name: string): ClusterSummary {
    const passing = this.#passing.get(name);
    const dir = this.dir(name);
    try {
      const config = readClusterConfig(dir);
      const process = readControlPlaneState(dir);
      const hasEnded = !passing && isUnfinished(dir);
      const state = hasEnded ? 'failed' : (passing?.state ?? (process ? 'running' : 'stopped'));
      const nodesError = state === 'running' && config.nodes.length > 0 ? this.#dockerError() : null;
      return {
        name,
        state,
        driver: config.driver,
        nodes: config.nodes.length,
        hollowNodes: config.hollowNodes,
        createdAt: config.createdAt,
        server: process ? `https://127.0.0.1:${process.port}` : null,
        error: hasEnded ? unfinished(name) : (passing?.error ?? nodesError),
      };
    } catch (error) {
      return {
        name,
        state: passing && passing.state !== 'failed' ? passing.state : 'failed',
        driver: 'hollow',
        nodes: 0,
        hollowNodes: 0,
        createdAt: '',
        server: null,
        error: toErrorBody(error),
      };
    }
  }

  #dockerError(): AppErrorBody | null {
    if (!this.#docker || this.#docker.state === 'running') return null;
    const { state, message, remedy } = this.#docker;
    return { code: state === 'missing' ? 'DockerMissing' : 'DockerStopped', message, remedy };
  }
}

function unfinished(name: string): AppErrorBody {
  return {
    code: 'Cancelled',
    message: 'Slipway ended while this cluster was being created.',
    remedy: `Delete it (slipway cluster delete ${name}), or create it again under the same name.`,
  };
}

function parseRegistry(value: unknown): RegistryFile | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { running, leftovers } = value as Record<string, unknown>;
  if (!Array.isArray(running)) return undefined;
  return {
    running: running.filter((name): name is string => typeof name === 'string'),
    leftovers: (Array.isArray(leftovers) ? leftovers : []).filter(
      (item): item is Leftover => typeof item?.cluster === 'string' && typeof item.uid === 'string',
    ),
  };
}
