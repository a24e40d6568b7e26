import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import type { ClusterConfig, ControlPlaneState } from '@shared/rpc/cluster-config.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { isProcessAlive } from '../platform/process-start.ts';
import { errorCode } from '../platform/system-error.ts';
import { clusterPaths, paths } from './data-dir.ts';

/** Names of all clusters that have a folder with a configuration, sorted; readable or not. */
export function clusterNames(dataDir: string): string[] {
  return listFolders(paths.clusters(dataDir)).filter((name) =>
    existsSync(clusterPaths.config(paths.cluster(dataDir, name))),
  );
}

/** A cluster's configuration. AppError `NotFound` when there is none, `StateCorrupt` when it cannot be read. */
export function readClusterConfig(clusterDir: string): ClusterConfig {
  const file = clusterPaths.config(clusterDir);
  let cause: unknown;
  try {
    const text = readOptional(file);
    if (text === undefined) throw noCluster(clusterDir);
    const value: unknown = JSON.parse(text);
    if (isClusterConfig(value)) return value;
  } catch (error) {
    if (error instanceof AppError) throw error;
    cause = error;
  }
  throw new AppError(
    {
      code: 'StateCorrupt',
      message: `${file} is damaged.`,
      remedy: `Restore it from a backup, or delete the cluster: slipway cluster delete ${basename(clusterDir)}`,
      ...(cause instanceof Error && { detail: cause.message }),
    },
    { cause },
  );
}

/** The cluster's uid, also out of a configuration that is damaged otherwise; undefined when it is lost. */
export function readClusterUid(clusterDir: string): string | undefined {
  try {
    const text = readOptional(clusterPaths.config(clusterDir)) ?? '';
    return /"uid":\s*"([0-9a-f-]{36})"/.exec(text)?.[1];
  } catch {
    return undefined; // unreadable as a whole
  }
}

/** Whether the cluster's creation has not come to its end: one of a crashed app when none is under way. */
export function isUnfinished(clusterDir: string): boolean {
  return existsSync(clusterPaths.unfinished(clusterDir));
}

/** Writes the configuration so that after a crash either the old or the new one is there. */
export async function writeClusterConfig(clusterDir: string, config: ClusterConfig): Promise<void> {
  await writeFileAtomic(clusterPaths.config(clusterDir), `${JSON.stringify(config, null, 2)}\n`);
}

/** The control-plane process that serves a cluster now; undefined when none lives. */
export function readControlPlaneState(clusterDir: string): ControlPlaneState | undefined {
  try {
    const text = readOptional(clusterPaths.state(clusterDir));
    if (text === undefined) return undefined;
    const value: unknown = JSON.parse(text);
    if (isControlPlaneState(value) && isProcessAlive(value.pid, value.processStart)) return value;
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
    nodes.every((node) => typeof node?.name === 'string' && typeof node.container === 'string') &&
    typeof network === 'object' &&
    network !== null
  );
}

function isControlPlaneState(value: unknown): value is ControlPlaneState {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, port, processStart } = value as Record<string, unknown>;
  return (
    typeof pid === 'number' &&
    typeof port === 'number' &&
    (processStart === undefined || typeof processStart === 'string')
  );
}

function noCluster(clusterDir: string): AppError {
  return new AppError({
    code: 'NotFound',
    message: `There is no cluster "${basename(clusterDir)}".`,
    remedy: 'See "slipway cluster list".',
  });
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function listFolders(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
