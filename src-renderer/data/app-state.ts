import type { AppInfo, ClusterSummary, DockerState, Operation, Settings } from '@shared/rpc/contract.ts';
import { createCluster } from './cluster.ts';
import { type ClusterKinds, followKinds } from './custom-kinds.ts';
import { createWritable, type Readable } from './readable.ts';
import type { RpcClient } from './rpc-client.ts';

/** What the window knows of the app itself; kept up to date by announcements, fetched whole on every connect. */
export interface AppState {
  readonly rpc: RpcClient;
  readonly info: Readable<AppInfo | null>;
  /** Null until the first answer. */
  readonly clusters: Readable<readonly ClusterSummary[] | null>;
  /** Newest first. */
  readonly operations: Readable<readonly Operation[]>;
  readonly docker: Readable<DockerState | null>;
  readonly settings: Readable<Settings | null>;
  /** Why the state could not be fetched, while that is so. */
  readonly problem: Readable<unknown>;
  /** Operations shown in full somewhere, whose end needs no further announcement. */
  readonly attended: Set<string>;
  /** The kinds a cluster serves, its own definitions included, as long as somebody looks. */
  kindsOf(cluster: string): Readable<ClusterKinds>;
  /** Forgets a finished operation in this window. */
  dismiss(operationId: string): void;
  changeSettings(change: Partial<Settings>): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

export function createAppState(rpc: RpcClient): AppState {
  const info = createWritable<AppInfo | null>(null);
  const clusters = createWritable<readonly ClusterSummary[] | null>(null);
  const operations = createWritable<readonly Operation[]>([]);
  const docker = createWritable<DockerState | null>(null);
  const settings = createWritable<Settings | null>(null);
  const problem = createWritable<unknown>(null);
  const dismissed = new Set<string>();
  const kinds = new Map<string, Readable<ClusterKinds>>();

  async function fetchAll(): Promise<void> {
    try {
      const [newInfo, newClusters, newOperations, newSettings] = await Promise.all([
        rpc.call('app.info', {}),
        rpc.call('cluster.list', {}),
        rpc.call('operation.list', {}),
        rpc.call('settings.get', {}),
      ]);
      info.set(newInfo);
      docker.set(newInfo.docker);
      clusters.set(newClusters);
      operations.set(sortOperations(newOperations.filter((operation) => !dismissed.has(operation.id))));
      settings.set(newSettings);
      problem.set(null);
    } catch (error) {
      problem.set(error);
    }
  }

  return {
    rpc,
    info,
    clusters,
    operations,
    docker,
    settings,
    problem,
    attended: new Set(),
    kindsOf(cluster) {
      const known = kinds.get(cluster) ?? followKinds(createCluster(cluster));
      kinds.set(cluster, known);
      return known;
    },
    dismiss(operationId) {
      dismissed.add(operationId);
      operations.set(operations.get().filter((operation) => operation.id !== operationId));
    },
    async changeSettings(change) {
      const current = settings.get();
      if (current !== null) settings.set({ ...current, ...change });
      settings.set(await rpc.call('settings.set', change));
    },
    async run(signal) {
      const held = [
        rpc.on('clusters', (value) => clusters.set(value)),
        rpc.on('docker', (value) => docker.set(value)),
        rpc.on('operation', (value) => operations.set(upsertOperation(operations.get(), value, dismissed))),
        rpc.on('focus', () => window.focus()),
      ];
      const stop = rpc.connection.subscribe(() => {
        if (rpc.connection.get() === 'open') void fetchAll();
      });
      await rpc.run(signal);
      stop();
      for (const item of held) item.dispose();
    },
  };
}

function sortOperations(operations: readonly Operation[]): readonly Operation[] {
  return [...operations].sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}

/** The list with `operation` in place of its older self; a dismissed one stays away. */
function upsertOperation(
  all: readonly Operation[],
  operation: Operation,
  dismissed: ReadonlySet<string>,
): readonly Operation[] {
  if (dismissed.has(operation.id)) return all;
  const known = all.some((other) => other.id === operation.id);
  return known
    ? all.map((other) => (other.id === operation.id ? operation : other))
    : sortOperations([operation, ...all]);
}
