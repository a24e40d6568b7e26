import type { AppErrorBody } from '../lib/app-error.ts';

/**
 * The app's own calls and events: clusters as such, images, settings. Never cluster objects; those go over the
 * Kubernetes API. Carried as JSON frames over one WebSocket (`/rpc` of the gateway) by the window and by the
 * command line alike; see `frames.ts` for the framing.
 */
export interface Calls {
  'app.info': { params: Record<string, never>; result: AppInfo };
  'cluster.list': { params: Record<string, never>; result: readonly ClusterSummary[] };
  /** Starts an operation and answers at once; its steps arrive as `operation` events. */
  'cluster.create': { params: CreateCluster; result: { operationId: string } };
  'cluster.start': { params: { name: string }; result: { operationId: string } };
  'cluster.stop': { params: { name: string }; result: { operationId: string } };
  'cluster.delete': { params: { name: string }; result: { operationId: string } };
  /** The kubeconfig as YAML. */
  'cluster.kubeconfig': { params: { name: string }; result: { yaml: string } };
  /** Merges into the user's kubeconfig ($KUBECONFIG or ~/.kube/config), a backup kept beside it. */
  'cluster.mergeKubeconfig': { params: { name: string }; result: { file: string; backup: string | null } };
  'node.add': {
    params: { cluster: string; driver: NodeDriver; count: number; size?: NodeSize };
    result: { operationId: string };
  };
  'node.remove': { params: { cluster: string; node: string }; result: { operationId: string } };
  /** Loads images from the local Docker engine (by name) or from a tar file (by absolute path). */
  'image.load': { params: { cluster: string; images: readonly string[] }; result: { operationId: string } };
  'operation.list': { params: Record<string, never>; result: readonly Operation[] };
  'operation.cancel': { params: { operationId: string }; result: Record<string, never> };
  'settings.get': { params: Record<string, never>; result: Settings };
  'settings.set': { params: Partial<Settings>; result: Settings };
}

/** Announcements to every connected window. State is always fetched or carried whole, never as a delta. */
export interface Events {
  /** The list of clusters, whole, after any change. */
  clusters: readonly ClusterSummary[];
  /** One operation, whole, after any change (at most ten times a second each). */
  operation: Operation;
  /** Whether Docker can be used, after any change. */
  docker: DockerState;
  /** Another start of the app asks this one to come to the front. */
  focus: Record<string, never>;
}

export type NodeDriver = 'docker' | 'hollow';

export interface NodeSize {
  /** Cores a node may use; fractions allowed. */
  readonly cpus?: number;
  readonly memoryBytes?: number;
}

export interface CreateCluster {
  /** RFC 1123 label, at most 30 characters. */
  readonly name: string;
  readonly driver: NodeDriver;
  /** Nodes of the chosen driver, 0 to 10 for docker, 0 to 5000 for hollow. */
  readonly nodes: number;
  /** Simulated nodes beside Docker nodes. */
  readonly hollowNodes?: number;
  readonly size?: NodeSize;
}

export type ClusterState =
  | 'creating'
  | 'starting'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'deleting'
  | 'failed';

export interface ClusterSummary {
  readonly name: string;
  readonly state: ClusterState;
  readonly driver: NodeDriver;
  readonly nodes: number;
  readonly hollowNodes: number;
  readonly createdAt: string;
  /** `https://127.0.0.1:PORT` while the cluster runs. */
  readonly server: string | null;
  /** Why it is in state `failed`. */
  readonly error: AppErrorBody | null;
}

export type DockerState =
  | { readonly state: 'running'; readonly version: string }
  | {
      readonly state: 'missing' | 'stopped' | 'forbidden';
      readonly message: string;
      readonly remedy: string;
    };

export interface AppInfo {
  readonly version: string;
  /** The Kubernetes release whose API is served. */
  readonly kubernetesVersion: string;
  readonly dataDir: string;
  readonly shell: 'electron' | 'browser';
  readonly docker: DockerState;
  readonly host: { readonly cpus: number; readonly memoryBytes: number };
}

/** A longer piece of work, shown as a list of steps while it runs and until it is dismissed. */
export interface Operation {
  readonly id: string;
  readonly title: string;
  readonly cluster: string | null;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly steps: readonly Step[];
  readonly error: AppErrorBody | null;
}

export interface Step {
  readonly id: string;
  readonly title: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'skipped';
  /** What it is doing now, e.g. `2 of 3 nodes ready`. */
  readonly note: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Last lines of output, at most 200. */
  readonly log: readonly string[];
}

export interface Settings {
  readonly theme: 'system' | 'light' | 'dark';
  /** Ask before delete. */
  readonly confirmDelete: boolean;
  /** Clusters that start with the app. */
  readonly autostart: readonly string[];
}
