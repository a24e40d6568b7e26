import { writePayload } from './payload.ts';
import { downwardFiles } from './sources.ts';
import { fsGroupOf, type VolumeType, volumePath } from './volume.ts';

/** Fields of the pod's own object as files, kept up to date. */
export const downwardApi: VolumeType = {
  isLive: true,
  claims: (volume) => volume.downwardAPI !== undefined,
  async setUp(context, volume) {
    const { items = [], defaultMode = 0o644 } = volume.downwardAPI ?? {};
    const path = volumePath(context.podDir, 'downward-api', volume.name);
    await writePayload(path, new Map(downwardFiles(context, items, defaultMode)), fsGroupOf(context.pod));
    return path;
  },
};
