import { chmod, chown, mkdir } from 'node:fs/promises';
import { quantityToNumber } from '@shared/lib/quantity.ts';
import { fsGroupOf, type VolumeType, volumePath } from './volume.ts';

/** An empty folder that lives as long as its pod: on disk, or in memory where asked for. */
export const emptyDir: VolumeType = {
  isLive: false,
  claims: (volume) => volume.emptyDir !== undefined,
  async setUp({ podDir, pod, mounter }, volume) {
    const path = volumePath(podDir, 'empty-dir', volume.name);
    await mkdir(path, { recursive: true });
    const inMemory = volume.emptyDir?.medium === 'Memory';
    if (inMemory) {
      const sizeLimit = volume.emptyDir?.sizeLimit;
      await mounter.tmpfs(path, sizeLimit === undefined ? undefined : quantityToNumber(sizeLimit));
    }
    const group = fsGroupOf(pod);
    if (group !== undefined) await chown(path, -1, group);
    // A tmpfs is sticky from the beginning, and Kubernetes leaves it so.
    await chmod(path, 0o777 | (inMemory ? 0o1000 : 0) | (group === undefined ? 0 : 0o2000));
    return path;
  },
};
