import { readdirSync, readFileSync } from 'node:fs';
import { AppError } from '@shared/lib/app-error.ts';
import type { ClusterConfig, ControlPlaneState } from '@shared/rpc/cluster-config.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { clusterPaths, paths } from './data-dir.ts';
import { isAlive } from './instance.ts';

/** Names of all clusters that have a folder with a configuration, sorted. */
export function clusterNames(dataDir: string): string[] {
  return listFolders(paths.clusters(dataDir)).filter(
    (name) => readOptional(clusterPaths.config(paths.cluster(dataDir, name))) !== undefined,
  );
}

/** A cluster's configuration. AppError `NotFound` when there is none, `StateCorrupt` when it cannot be read. */
export function readClusterConfig(clusterDir: string): ClusterConfig {
  const file = clusterPaths.config(clusterDir);
  const text = readOptional(file);
  if (text === undefined) {
    throw new AppError({
      code: 'NotFound',
      message: `There is no cluster at ${clusterDir}.`,
      remedy: 'See "slipway cluster list".',
    });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isClusterConfig(value)) return value;
  } catch {
    // falls through to the same complaint: half a file and a wrong file are mended alike
  }
  throw new AppError({
    code: 'StateCorrupt',
    message: `${file} is damaged.`,
    remedy: 'Restore it from a backup, or delete the cluster.',
  });
}

/** Writes the configuration so that after a crash either the old or the new one is there. */
export async function writeClusterConfig(clusterDir: string, config: ClusterConfig): Promise<void> {
  await writeFileAtomic(clusterPaths.config(clusterDir), `${JSON.stringify(config, null, 2)}\n`);
}

/** The control-plane process that serves a cluster now; undefined when none lives. */
export function readControlPlaneState(clusterDir: string): ControlPlaneState | undefined {
  const text = readOptional(clusterPaths.state(clusterDir));
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isControlPlaneState(value) && isAlive(value.pid)) return value;
  } catch {
    // cut short by a crash: that process is gone
  }
  return undefined;
}

function isClusterConfig(value: unknown): value is ClusterConfig {
  if (typeof value !== 'object' || value === null) return false;
  const { version, name, apiPort, nodes, network } = value as Record<string, unknown>;
  return (
    version === 1 &&
    typeof name === 'string' &&
    typeof apiPort === 'number' &&
    Array.isArray(nodes) &&
    typeof network === 'object'
  );
}

function isControlPlaneState(value: unknown): value is ControlPlaneState {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, port } = value as Record<string, unknown>;
  return typeof pid === 'number' && typeof port === 'number';
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function listFolders(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
