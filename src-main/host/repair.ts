import { join } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import { repairFileStore } from '../store/repair.ts';
import { readClusterConfig, readControlPlaneState } from './cluster-files.ts';
import { paths } from './data-dir.ts';

/** Cuts a damaged store off before the damage. Works on files alone, so it needs no running app. */
export async function repairCluster(dataDir: string, name: string): Promise<{ message: string }> {
  const dir = paths.cluster(dataDir, name);
  readClusterConfig(dir);
  if (readControlPlaneState(dir)) {
    throw new AppError({
      code: 'Busy',
      message: `Cluster "${name}" is running.`,
      remedy: `Stop it first: slipway cluster stop ${name}`,
    });
  }
  const { damage, backupDir, entries } = await repairFileStore(join(dir, 'store'));
  if (backupDir === undefined) return { message: 'Nothing is damaged; nothing was changed.' };
  return {
    message: `${damage.join(' ')} ${entries} objects were kept; the damaged files are in ${backupDir}.`,
  };
}
