import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fetchPackages, ownSuite, toolsDir } from './debian.mjs';

/** Debian's Kubernetes client for Python: a folder for PYTHONPATH; undefined when it was not fetched. */
export function cachedPythonClient() {
  return present(join(toolsDir, `python3-kubernetes-${ownSuite()}`), 'kubernetes');
}

/** The first suite whose Prometheus is built with Kubernetes service discovery. */
const prometheusSuite = 'trixie';

/** Debian's Prometheus (the binary, which nothing starts by itself); undefined when it was not fetched. */
export function cachedPrometheus() {
  const folder = present(join(toolsDir, `prometheus-${prometheusSuite}`), 'prometheus');
  return folder && join(folder, 'prometheus');
}

/** Fetches the clients that are missing. Throws with apt's words. */
export function fetchTestClients() {
  const suite = ownSuite();
  if (!cachedPythonClient())
    fetchPackages({
      suite,
      // Python itself is the machine's; what is compiled fits it, since the suite is the machine's as well.
      packages: (dependencies) =>
        dependencies('python3-kubernetes').filter(
          (name) => name.startsWith('python3-') && name !== 'python3-minimal',
        ),
      folder: 'usr/lib/python3/dist-packages',
      target: join(toolsDir, `python3-kubernetes-${suite}`),
    });
  if (!cachedPrometheus())
    fetchPackages({
      suite: prometheusSuite,
      packages: ['prometheus'],
      folder: 'usr/bin',
      target: join(toolsDir, `prometheus-${prometheusSuite}`),
    });
}

const present = (folder, file) => (existsSync(join(folder, file)) ? folder : undefined);
