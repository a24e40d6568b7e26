import { realpath, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import { errorCode } from './system-error.ts';

/**
 * Removes the folder or file `path` with all below it. The only recursive delete of the project: it refuses
 * (InvalidArgument) anything that does not lie strictly inside `root`, with symbolic links on the way to it
 * resolved; a link at `path` itself is removed, never followed. A path that does not exist is fine.
 */
export async function removeTree(root: string, path: string): Promise<void> {
  if (!isAbsolute(root) || !isAbsolute(path)) throw refusal(root, path, 'both paths must be absolute');
  if (!isInside(root, path)) throw refusal(root, path, 'it lies outside');
  const realRoot = await realOf(root);
  const realParent = await realOf(dirname(path));
  if (realRoot === undefined || realParent === undefined) return;
  const real = join(realParent, basename(path));
  if (!isInside(realRoot, real)) throw refusal(root, path, 'a symbolic link leads outside');
  await rm(real, { recursive: true, force: true, maxRetries: 3 });
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function realOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function refusal(root: string, path: string, why: string): AppError {
  return new AppError({
    code: 'InvalidArgument',
    message: `refusing to remove ${path} from ${root}: ${why}`,
  });
}
