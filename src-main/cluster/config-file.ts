import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import type { ClusterConfig } from '@shared/rpc/cluster-config.ts';

const file = 'cluster.json';
/** Beside it; when it is there, it says which resources are encrypted at rest and with what keys. */
export const encryptionFile = 'encryption.yaml';

/** Reads a cluster's configuration. AppError `NotFound` or `StateCorrupt` when that is impossible. */
export async function readClusterConfig(clusterDir: string): Promise<ClusterConfig> {
  const path = join(clusterDir, file);
  try {
    const config = JSON.parse(await readFile(path, 'utf8')) as ClusterConfig;
    if (config.version === 1 && typeof config.apiPort === 'number' && typeof config.network === 'object')
      return config;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      const message = `There is no cluster in ${clusterDir}.`;
      throw new AppError({ code: 'NotFound', message, remedy: 'See "slipway cluster list".' }, { cause });
    }
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new AppError({
    code: 'StateCorrupt',
    message: `${path} is damaged.`,
    remedy: 'Restore it from a backup, or delete the cluster.',
  });
}
