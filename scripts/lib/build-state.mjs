import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from './alone.mjs';
import { fail, root, runNode } from './shell.mjs';

const stamp = join(root, 'out/.build-stamp');
const sources = [
  'src-main',
  'src-renderer',
  'src-shared',
  'resources',
  'scripts/build.mjs',
  'scripts/build-schemas.mjs',
  'scripts/lib/commit.mjs',
  'electron.vite.config.ts',
  'vite.agent.config.ts',
  'package-lock.json',
];

/** A digest of every source's path, size and time of change: cheap, and changes whenever a build would. */
function sourceDigest() {
  const hash = createHash('sha256');
  const visit = (path) => {
    const info = statSync(join(root, path));
    if (info.isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) {
        if (name !== 'generated') visit(`${path}/${name}`);
      }
    } else if (!/\.(test\.tsx?|md)$/.test(path)) {
      hash.update(`${path}\0${info.size}\0${info.mtimeMs}\n`);
    }
  };
  for (const path of sources) if (existsSync(join(root, path))) visit(path);
  return hash.digest('hex');
}

/** Builds when the sources changed since the last build, or when that one was cut off. */
export async function ensureBuilt() {
  if (!isBuilt()) await build({ always: false });
}

/** Builds, whether it is needed or not. */
export async function build({ always = true } = {}) {
  await alone(join(root, 'out'), async (onSpawn) => {
    if (!always && isBuilt()) return; // by another command, while this one waited
    const digest = sourceDigest();
    rmSync(stamp, { force: true });
    if ((await runNode('scripts/build.mjs', [], { onSpawn })) !== 0) fail('the build failed, see above.');
    mkdirSync(join(root, 'out'), { recursive: true });
    writeFileSync(stamp, digest);
  });
}

const isBuilt = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceDigest();
