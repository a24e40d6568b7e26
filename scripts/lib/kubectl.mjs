import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fetchPackages, toolsDir } from './debian.mjs';

/** Debian suites whose kubectl is used (1.36, 1.32, 1.20), and the folder each one's binary is kept in. */
export const kubectlSuites = { sid: 'kubectl-sid', trixie: 'kubectl-trixie', bookworm: 'kubectl-bookworm' };

/** The cached kubectl of a Debian suite, or undefined. */
export function cachedKubectl(suite = 'sid') {
  const file = join(toolsDir, kubectlSuites[suite], 'kubectl');
  return existsSync(file) ? file : undefined;
}

/** A kubectl to offer people: the cached one, else the one on PATH; undefined when there is none. */
export function findKubectl() {
  const cached = cachedKubectl('sid');
  if (cached) return cached;
  return spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0
    ? 'kubectl'
    : undefined;
}

/** Fetches the kubectl package of a Debian suite into the cache; returns the binary's path. Throws with apt's words. */
export function fetchKubectl(suite) {
  const present = cachedKubectl(suite);
  if (present) return present;
  const target = join(toolsDir, kubectlSuites[suite]);
  // Of the old name, where the package was called after its source.
  const packages = [suite === 'bookworm' ? 'kubernetes-client' : 'kubectl'];
  fetchPackages({ suite, packages, folder: 'usr/bin', target });
  return join(target, 'kubectl');
}
