import { writePayload } from './payload.ts';
import { secretFiles } from './sources.ts';
import { fsGroupOf, type VolumeType, volumePath } from './volume.ts';

/** The keys of a secret as files in memory, kept up to date. */
export const secret: VolumeType = {
  isLive: true,
  claims: (volume) => volume.secret !== undefined,
  async setUp(context, volume) {
    const { secretName: name = '', items, optional, defaultMode = 0o644 } = volume.secret ?? {};
    const path = volumePath(context.memoryDir, 'secret', volume.name);
    const files = await secretFiles(context, { name, items, optional, mode: defaultMode });
    await writePayload(path, new Map(files), fsGroupOf(context.pod));
    return path;
  },
};
