import { join } from 'node:path';
import { type Clock, sleep } from '@shared/lib/clock.ts';
import { exec } from '../../../platform/exec.ts';
import { podLogDirectory } from '../config/build.ts';
import type { Kubelet } from '../kubelet.ts';
import type { NodeFacts } from '../pod/context.ts';
import { containerNameLabel, podUidLabel } from '../pod/labels.ts';
import { isTerminalPhase, type ReadonlyPod, uidOf } from '../pod/spec.ts';
import type { ContainerRuntime, ContainerStats } from '../runtime.ts';
import { volumePath } from '../volumes/volume.ts';
import { hasStorageLimit, type StorageUse, storageEviction } from './plan.ts';

/** As often as Kubernetes looks. */
const checkMs = 10_000;

export interface StorageEvictionOptions {
  readonly kubelet: Pick<Kubelet, 'pods' | 'evict'>;
  readonly runtime: Pick<ContainerRuntime, 'listContainerStats'>;
  readonly node: Pick<NodeFacts, 'directories' | 'logRoot'>;
  readonly clock: Clock;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

/** Evicts pods that fill more of the node's disk than they promised, until `signal` aborts. */
export async function runStorageEviction(
  options: StorageEvictionOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(options.clock, checkMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await evictOverLimits(options);
    } catch (error) {
      options.log('looking at what pods store failed', { error: String(error) });
    }
  }
}

/** Looks once. Pods without a limit cost nothing. */
export async function evictOverLimits(options: StorageEvictionOptions): Promise<void> {
  const { kubelet, runtime } = options;
  const pods = kubelet.pods().filter((pod) => !isTerminalPhase(pod.status?.phase) && hasStorageLimit(pod));
  if (pods.length === 0) return;
  const stats = await runtime.listContainerStats();
  for (const pod of pods) {
    const own = stats.filter(({ labels }) => labels[podUidLabel] === uidOf(pod));
    const message = storageEviction(pod, await storageUse(options, pod, own));
    if (message !== undefined) kubelet.evict(uidOf(pod), message);
  }
}

async function storageUse(
  { node }: StorageEvictionOptions,
  pod: ReadonlyPod,
  stats: readonly ContainerStats[],
): Promise<StorageUse> {
  const podDir = join(node.directories.disk, uidOf(pod));
  const onDisk = (pod.spec?.volumes ?? []).filter(({ emptyDir }) => emptyDir && emptyDir.medium !== 'Memory');
  const volumes = new Map<string, number>();
  for (const { name } of onDisk) volumes.set(name, await diskBytes(volumePath(podDir, 'empty-dir', name)));
  const containers = new Map<string, number>();
  for (const { labels, writableLayerBytes } of stats) {
    const name = labels[containerNameLabel] ?? '';
    containers.set(
      name,
      writableLayerBytes + (await diskBytes(join(podLogDirectory(pod, node.logRoot), name))),
    );
  }
  return { volumes, containers };
}

/** What a folder takes on disk, by `du`: the agent does not walk trees that pods make. 0 where there is none. */
async function diskBytes(folder: string): Promise<number> {
  // 1: something went while it was counted.
  const { stdout } = await exec('du', ['-skx', '--', folder], { okStatuses: [0, 1], timeoutMs: checkMs });
  return (Number.parseInt(stdout, 10) || 0) * 1024;
}
