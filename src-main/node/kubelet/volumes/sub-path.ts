import { chmod, lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { safePath } from './sources.ts';
import { VolumeError } from './volume.ts';

/**
 * The path inside a volume that a `subPath` names, made if it is missing. Links are resolved and must stay
 * inside the volume: a container could have planted one. What is made has the mode of the volume, so that whoever may
 * write there may write here. What it answers has no link left in it.
 */
export async function resolveSubPath(volume: string, subPath: string): Promise<string> {
  const root = await realpath(volume);
  const wanted = join(root, safePath(subPath));
  const present = await realpath(wanted).catch(() => undefined);
  if (present !== undefined) return inside(root, present, subPath);
  await makeFolders(root, wanted, subPath);
  return inside(root, await target(wanted, subPath), subPath);
}

async function target(path: string, subPath: string): Promise<string> {
  return realpath(path).catch((cause: unknown) => {
    throw new VolumeError(`failed to prepare subPath "${subPath}": a link in it leads nowhere`, { cause });
  });
}

function inside(root: string, path: string, subPath: string): string {
  if (path === root || path.startsWith(`${root}/`)) return path;
  throw new VolumeError(`failed to prepare subPath "${subPath}": it leads outside of its volume`);
}

/** Makes folder by folder, so that a link on the way is noticed before anything is made beyond it. */
async function makeFolders(root: string, path: string, subPath: string): Promise<void> {
  if (path === root) return;
  const parent = dirname(path);
  const parentStats = await lstat(parent).catch(() => undefined);
  if (!parentStats) await makeFolders(root, parent, subPath);
  const real = inside(root, await target(parent, subPath), subPath);
  const folder = join(real, path.slice(parent.length + 1));
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return;
  }
  await chmod(folder, (await stat(root)).mode & 0o7777);
}
