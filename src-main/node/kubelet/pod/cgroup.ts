import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

const classes = ['', 'besteffort', 'burstable'];

/**
 * Removes the emptied cgroups of a pod. The runtime makes a container's parents but leaves them behind. With
 * cgroup v1 there is one per controller. A cgroup that is still in use, or was never made, is left alone.
 */
export async function removePodCgroups(podUid: string, root = '/sys/fs/cgroup'): Promise<void> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const isUnified = entries.some(({ name }) => name === 'cgroup.controllers');
  const hierarchies = isUnified
    ? [root]
    : entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(root, name));
  await Promise.all(
    hierarchies.flatMap((hierarchy) =>
      classes.map((qos) => rmdir(join(hierarchy, 'kubepods', qos, `pod${podUid}`)).catch(() => undefined)),
    ),
  );
}
