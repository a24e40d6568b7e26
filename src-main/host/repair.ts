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
    throw new AppError({ code: 'Busy', message: `Cluster "${name}" is running.`, remedy: `Stop it first: slipway cluster stop ${name}` });
  }
  const report = await repairFileStore(join(dir, 'store'));
  return { message: report.message };
}
