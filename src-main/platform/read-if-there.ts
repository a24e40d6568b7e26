import { readFile } from 'node:fs/promises';
import { errorCode } from './system-error.ts';

/** A file's text, as UTF-8; undefined when there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
