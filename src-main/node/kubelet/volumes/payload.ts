import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeTree } from '../../../platform/remove-tree.ts';

/** One file of a volume made of API objects. */
export interface PayloadFile {
  readonly content: Buffer;
  readonly mode: number;
  /** User id; without one the file is root's. */
  readonly owner?: number;
}

/** Relative path to file. */
export type Payload = ReadonlyMap<string, PayloadFile>;

const currentLink = '..data';

/**
 * Makes `directory` show exactly `payload`, all of it at once: files lie in a folder with a time for a name,
 * the link `..data` points at it and is exchanged by a rename, and the visible names are links through
 * `..data`. A reader sees the old files or the new ones, never a mixture. Does nothing when nothing changed, but for
 * names that a write cut short left out. A pod's start and the refresh of its volumes may ask at the same time:
 * writes to one directory happen one after the other.
 */
export async function writePayload(directory: string, payload: Payload, group?: number): Promise<boolean> {
  const before = writes.get(directory) ?? Promise.resolve();
  const write = before.then(() => exchange(directory, payload, group));
  const ended = write.then(
    () => undefined,
    // Told to whoever asked for that write; the next one starts afresh.
    () => undefined,
  );
  writes.set(directory, ended);
  try {
    return await write;
  } finally {
    if (writes.get(directory) === ended) writes.delete(directory);
  }
}

/** The last write under way, by directory. */
const writes = new Map<string, Promise<void>>();

async function exchange(directory: string, payload: Payload, group: number | undefined): Promise<boolean> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const current = await currentFolder(directory);
  if (current !== undefined && (await isSame(join(directory, current), payload))) {
    await linkNames(directory, payload);
    return false;
  }
  const folder = `..${new Date().toISOString().replace(/[-:]/g, '_').replace('T', '_').replace('Z', '')}${Math.floor(Math.random() * 1e6)}`;
  await writeFiles(join(directory, folder), payload, group);
  const temporary = join(directory, '..data_tmp');
  await rm(temporary, { force: true });
  await symlink(folder, temporary);
  await rename(temporary, join(directory, currentLink));
  await linkNames(directory, payload);
  if (current !== undefined) await removeTree(directory, join(directory, current));
  return true;
}

async function currentFolder(directory: string): Promise<string | undefined> {
  try {
    return await readlink(join(directory, currentLink));
  } catch {
    // Nothing was written yet.
    return undefined;
  }
}

async function isSame(folder: string, payload: Payload): Promise<boolean> {
  const present = await listFiles(folder, '');
  if (present.length !== payload.size) return false;
  for (const [path, file] of payload) {
    if (!present.includes(path)) return false;
    if (!(await readFile(join(folder, path))).equals(file.content)) return false;
  }
  return true;
}

async function listFiles(folder: string, below: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, below)).catch((): string[] => []);
  const lists = await Promise.all(
    names.map(async (name) => {
      const path = below === '' ? name : `${below}/${name}`;
      return (await lstat(join(folder, path))).isDirectory() ? listFiles(folder, path) : [path];
    }),
  );
  return lists.flat();
}

async function writeFiles(folder: string, payload: Payload, group: number | undefined): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  const folders = new Set<string>([folder]);
  for (const [path, { content, mode, owner = -1 }] of payload) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    folders.add(dirname(file));
    await writeFile(file, content);
    // With an fsGroup its members may read; the modes stay otherwise as asked for.
    await chmod(file, group === undefined ? mode : mode | 0o440);
    if (owner !== -1 || group !== undefined) await chown(file, owner, group ?? -1);
  }
  if (group === undefined) return;
  for (const path of folders) {
    await chown(path, -1, group);
    await chmod(path, 0o2775);
  }
}

/** The visible names are the first parts of the paths. */
async function linkNames(directory: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split('/')[0] ?? ''));
  for (const name of await readdir(directory)) {
    if (!name.startsWith('..') && !wanted.has(name)) await rm(join(directory, name), { force: true });
    wanted.delete(name);
  }
  for (const name of wanted) await symlink(join(currentLink, name), join(directory, name));
}
