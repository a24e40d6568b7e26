import { writePayload } from './payload.ts';
import { configMapFiles } from './sources.ts';
import { fsGroupOf, type VolumeType, volumePath } from './volume.ts';

/** The keys of a config map as files, kept up to date. */
export const configMap: VolumeType = {
  isLive: true,
  claims: (volume) => volume.configMap !== undefined,
  async setUp(context, volume) {
    const { name = '', items, optional, defaultMode = 0o644 } = volume.configMap ?? {};
    const path = volumePath(context.podDir, 'configmap', volume.name);
    const files = await configMapFiles(context, { name, items, optional, mode: defaultMode });
    await writePayload(path, new Map(files), fsGroupOf(context.pod));
    return path;
  },
};
