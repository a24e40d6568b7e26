import { access, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LinuxResources } from '../runtime.ts';

const classes = ['', 'besteffort', 'burstable'];

/**
 * Removes the emptied cgroups of a pod. The runtime makes a container's parents but leaves them behind. With
 * cgroup v1 there is one per controller. A cgroup that is still in use, or was never made, is left alone.
 */
export async function removePodCgroups(podUid: string, root = '/sys/fs/cgroup'): Promise<void> {
  const { controllers } = await cgroupsAt(root);
  await Promise.all(
    controllers.flatMap((hierarchy) =>
      classes.map((qos) => rmdir(join(hierarchy, 'kubepods', qos, `pod${podUid}`)).catch(() => undefined)),
    ),
  );
}

/**
 * Bounds what all containers of a pod take together. The runtime has made the pod's cgroup (`path`, as in
 * `cgroupParent`), with those controllers that there are; where there is none, nothing is bounded.
 */
export async function limitPodCgroup(
  path: string,
  resources: LinuxResources,
  root = '/sys/fs/cgroup',
): Promise<void> {
  const { isUnified } = await cgroupsAt(root);
  for (const [file, value] of isUnified ? unifiedSettings(resources) : settings(resources)) {
    const [controller, name] = isUnified ? ['', file] : [file.split('.', 1)[0] ?? '', file];
    const full = join(root, controller, path, name);
    if (
      await access(full).then(
        () => true,
        () => false,
      )
    )
      await writeFile(full, value);
  }
}

type Settings = readonly (readonly [file: string, value: string])[];

function settings({ cpuShares, cpuPeriodUs, cpuQuotaUs, memoryLimitBytes }: LinuxResources): Settings {
  return [
    ...(cpuShares === undefined ? [] : [['cpu.shares', String(cpuShares)] as const]),
    ...(cpuPeriodUs === undefined ? [] : [['cpu.cfs_period_us', String(cpuPeriodUs)] as const]),
    ['cpu.cfs_quota_us', String(cpuQuotaUs ?? -1)],
    ['memory.limit_in_bytes', String(memoryLimitBytes ?? -1)],
  ];
}

/** Shares of 2 to 262,144 become weights of 1 to 10,000. */
function unifiedSettings({
  cpuShares,
  cpuPeriodUs = 100_000,
  cpuQuotaUs,
  memoryLimitBytes,
}: LinuxResources): Settings {
  const weight = cpuShares === undefined ? undefined : 1 + Math.floor(((cpuShares - 2) * 9999) / 262_142);
  return [
    ...(weight === undefined ? [] : [['cpu.weight', String(weight)] as const]),
    ['cpu.max', `${cpuQuotaUs ?? 'max'} ${cpuPeriodUs}`],
    ['memory.max', String(memoryLimitBytes ?? 'max')],
  ];
}

/** Folders in which cgroups lie: with cgroup v1 one per controller. */
async function cgroupsAt(root: string): Promise<{ isUnified: boolean; controllers: readonly string[] }> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const isUnified = entries.some(({ name }) => name === 'cgroup.controllers');
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(root, name));
  return { isUnified, controllers: isUnified ? [root] : folders };
}
