import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The folder everything of one user lives in. In this order: the `--data-dir` flag, `SLIPWAY_DATA_DIR`, then
 * the platform's usual place for application data.
 */
export function resolveDataDir(flag?: string, env: NodeJS.ProcessEnv = process.env): string {
  const chosen = flag ?? env.SLIPWAY_DATA_DIR;
  if (chosen) return resolve(chosen);
  if (process.platform === 'darwin') return join(homedir(), 'Library/Application Support/Slipway');
  if (process.platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData/Local'), 'Slipway');
  return join(env.XDG_DATA_HOME ?? join(homedir(), '.local/share'), 'slipway');
}

/** What a small cluster comes to need on the disk of the data folder: its objects, their history, its log. */
export const clusterBytes = 64 * 2 ** 20;

/** Paths below the data folder; nobody else spells them. */
export const paths = {
  clusters: (dataDir: string) => join(dataDir, 'clusters'),
  cluster: (dataDir: string, name: string) => join(dataDir, 'clusters', name),
  settings: (dataDir: string) => join(dataDir, 'settings.json'),
  registry: (dataDir: string) => join(dataDir, 'clusters.json'),
  instance: (dataDir: string) => join(dataDir, 'app.json'),
};

/** Paths below a cluster's folder (see `src-shared/rpc/cluster-config.ts`). */
export const clusterPaths = {
  config: (clusterDir: string) => join(clusterDir, 'cluster.json'),
  state: (clusterDir: string) => join(clusterDir, 'control-plane.json'),
  /** There from the first moment of a creation to its end. */
  unfinished: (clusterDir: string) => join(clusterDir, 'unfinished'),
  log: (clusterDir: string) => join(clusterDir, 'control-plane.log'),
  kubeconfig: (clusterDir: string) => join(clusterDir, 'kubeconfig'),
  /** Images that were loaded into the nodes, see `lifecycle/loaded-images.ts`. */
  images: (clusterDir: string) => join(clusterDir, 'images.json'),
  pki: (clusterDir: string) => join(clusterDir, 'pki'),
};
