import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { assert } from '@shared/lib/assert.ts';
import { pack } from 'tar-stream';

/** What goes into the node image: the files of `resources/node-image`, in order of their paths. */
export interface BuildContext {
  readonly files: readonly ContextFile[];
  /** Over every path, mode and content: names the image. */
  readonly hash: string;
  /** Over what decides the packages alone: names the base, which is the slow part. */
  readonly baseHash: string;
}

export interface ContextFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer;
}

/** Files that decide what is installed, as opposed to what is copied over it. */
const baseFiles = ['packages.txt', 'dpkg.cfg'];
/** Debian release of the node image. */
export const debianSuite = 'trixie';

/** Reads the build context. File modes come from a rule and not from the disk, as Windows keeps none. */
export async function readBuildContext(directory: string, architecture: string): Promise<BuildContext> {
  const paths = (await listFiles(directory)).sort();
  assert(paths.includes('Dockerfile'), `no Dockerfile in ${directory}`);
  const files = await Promise.all(
    paths.map(async (path) => ({ path, mode: modeOf(path), content: await readFile(join(directory, path)) })),
  );
  const salt = `${debianSuite} ${architecture}`;
  return {
    files,
    hash: hashOf(files, salt),
    baseHash: hashOf(
      files.filter((file) => baseFiles.includes(file.path)),
      salt,
    ),
  };
}

/** The build context as the tar stream that the engine's build call wants. */
export function packContext(context: BuildContext): Readable {
  const archive = pack();
  for (const { path, mode, content } of context.files)
    archive.entry({ name: path, mode, mtime: new Date(0) }, content);
  archive.finalize();
  return Readable.from(archive);
}

/** `resources/node-image` of a source tree, of a build or of a packaged app. */
export function nodeImageDirectory(): string {
  const roots: string[] = [];
  if ('resourcesPath' in process && typeof process.resourcesPath === 'string')
    roots.push(process.resourcesPath);
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    roots.push(join(folder, 'resources'));
  }
  const found = roots
    .map((root) => join(root, 'node-image'))
    .find((path) => existsSync(join(path, 'Dockerfile')));
  assert(found, 'resources/node-image is missing from this installation');
  return found;
}

async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name !== 'README.md')
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(directory.length + 1)
        .replaceAll('\\', '/'),
    );
}

/** Scripts have no extension. */
function modeOf(path: string): number {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.includes('.') || name === 'Dockerfile' ? 0o644 : 0o755;
}

function hashOf(files: readonly ContextFile[], salt: string): string {
  const hash = createHash('sha256').update(salt);
  for (const { path, mode, content } of files)
    hash.update(`\0${path}\0${mode}\0${content.length}\0`).update(content);
  return hash.digest('hex').slice(0, 12);
}
