import type { Stats } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { VolumeError, type VolumeType } from './volume.ts';

const checks: Readonly<Record<string, { readonly is: (stats: Stats) => boolean; readonly noun: string }>> = {
  Directory: { is: (stats) => stats.isDirectory(), noun: 'a directory' },
  DirectoryOrCreate: { is: (stats) => stats.isDirectory(), noun: 'a directory' },
  File: { is: (stats) => stats.isFile(), noun: 'a file' },
  FileOrCreate: { is: (stats) => stats.isFile(), noun: 'a file' },
  Socket: { is: (stats) => stats.isSocket(), noun: 'a socket file' },
  CharDevice: { is: (stats) => stats.isCharacterDevice(), noun: 'a character device' },
  BlockDevice: { is: (stats) => stats.isBlockDevice(), noun: 'a block device' },
};

/** A path of the node (the node container, not the machine it runs on). */
export const hostPath: VolumeType = {
  isLive: false,
  claims: (volume) => volume.hostPath !== undefined,
  async setUp(_context, volume) {
    const { path = '', type = '' } = volume.hostPath ?? {};
    const check = checks[type];
    if (type === 'DirectoryOrCreate')
      await mkdir(path, { recursive: true, mode: 0o755 }).catch(ignoreExisting);
    if (type === 'FileOrCreate') await writeFile(path, '', { flag: 'a', mode: 0o644 });
    // Without a type nothing is checked, and a missing path is made into a folder by the runtime's mount.
    if (!check) {
      if (!(await exists(path))) await mkdir(path, { recursive: true });
      return path;
    }
    const stats = await stat(path).catch(() => undefined);
    if (!stats || !check.is(stats))
      throw new VolumeError(`hostPath type check failed: ${path} is not ${check.noun}`);
    return path;
  },
};

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
