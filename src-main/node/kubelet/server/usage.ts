import { readFile, statfs } from 'node:fs/promises';
import { parseTime } from '@shared/lib/time.ts';
import type { Kubelet } from '../kubelet.ts';
import { containerNameLabel, podNameLabel, podNamespaceLabel, podUidLabel } from '../pod/labels.ts';
import { nsToMs } from '../pod/observed.ts';
import type { ReadonlyPod } from '../pod/spec.ts';
import type { ContainerRuntime, ContainerStats, PodNetworkStats } from '../runtime.ts';

/** What one container uses, and whose it is. */
export interface ContainerUsage extends ContainerStats {
  readonly name: string;
  /** As its pod's status names it; '' when that does not know it (yet). */
  readonly image: string;
  /** Milliseconds since the epoch; undefined: not known (yet). */
  readonly startedAtMs: number | undefined;
}

export interface PodUsage {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  /** As the API has it; undefined: it does not know it (any more). */
  readonly pod: ReadonlyPod | undefined;
  readonly containers: readonly ContainerUsage[];
  readonly interfaces: PodNetworkStats['interfaces'];
}

export interface NodeUsage {
  readonly cpuNs: number;
  readonly usageBytes: number;
  readonly workingSetBytes: number;
  readonly rssBytes: number;
  readonly disk: { readonly capacityBytes: number; readonly availableBytes: number } | undefined;
}

export interface Usage {
  readonly node: NodeUsage;
  readonly pods: readonly PodUsage[];
}

/** What the node and the running containers on it use now. */
export async function readUsage(parts: { kubelet: Kubelet; runtime: ContainerRuntime }): Promise<Usage> {
  const [stats, networks, node] = await Promise.all([
    parts.runtime.listContainerStats(),
    parts.runtime.listPodNetworkStats().catch(() => []), // some runtimes know none
    nodeUsage(),
  ]);
  const known = new Map(parts.kubelet.pods().map((pod) => [pod.metadata?.uid ?? '', pod]));
  const interfaces = new Map(
    networks.map((network) => [network.labels[podUidLabel] ?? '', network.interfaces]),
  );
  const grouped = new Map<string, ContainerStats[]>();
  for (const one of stats) {
    const uid = one.labels[podUidLabel] ?? '';
    grouped.set(uid, [...(grouped.get(uid) ?? []), one]);
  }
  const pods = [...grouped].map(([uid, containers]): PodUsage => {
    const labels = containers[0]?.labels ?? {};
    const pod = known.get(uid);
    return {
      uid,
      name: labels[podNameLabel] ?? '',
      namespace: labels[podNamespaceLabel] ?? '',
      pod,
      containers: containers.map((container) => containerUsage(container, pod)),
      interfaces: interfaces.get(uid) ?? [],
    };
  });
  return { node, pods };
}

function containerUsage(stats: ContainerStats, pod: ReadonlyPod | undefined): ContainerUsage {
  const statuses = [...(pod?.status?.containerStatuses ?? []), ...(pod?.status?.initContainerStatuses ?? [])];
  const status = statuses.find(({ containerID }) => containerID === `containerd://${stats.id}`);
  return {
    ...stats,
    name: stats.labels[containerNameLabel] ?? '',
    image: status?.image ?? '',
    startedAtMs: parseTime(status?.state?.running?.startedAt ?? ''),
  };
}

/** Sums over a pod's containers. */
export function podTotals({ containers }: PodUsage): {
  cpuNs: number;
  workingSetBytes: number;
  timestampMs: number;
} {
  const sum = (of: (container: ContainerUsage) => number) =>
    containers.reduce((total, container) => total + of(container), 0);
  return {
    cpuNs: sum(({ cpuUsageCoreNanoSeconds }) => cpuUsageCoreNanoSeconds),
    workingSetBytes: sum(({ memoryWorkingSetBytes }) => memoryWorkingSetBytes),
    timestampMs: Math.max(...containers.map(({ timestampNs }) => nsToMs(timestampNs))),
  };
}

/** What the node container uses as a whole, from its own cgroup (v2 or v1). */
async function nodeUsage(root = '/sys/fs/cgroup'): Promise<NodeUsage> {
  const text = (path: string) => readFile(`${root}/${path}`, 'utf8').catch(() => '');
  const field = (body: string, name: string) =>
    Number(new RegExp(`^${name} (\\d+)`, 'm').exec(body)?.[1] ?? 0);
  const cpuStat = await text('cpu.stat');
  const isV2 = cpuStat.includes('usage_usec');
  const memoryStat = await text(isV2 ? 'memory.stat' : 'memory/memory.stat');
  const usageBytes = Number(await text(isV2 ? 'memory.current' : 'memory/memory.usage_in_bytes')) || 0;
  const cpuNs = isV2 ? field(cpuStat, 'usage_usec') * 1000 : Number(await text('cpuacct/cpuacct.usage')) || 0;
  const inactive = field(memoryStat, isV2 ? 'inactive_file' : 'total_inactive_file');
  const rssBytes = field(memoryStat, isV2 ? 'anon' : 'total_rss');
  const disk = await statfs('/var/lib').catch(() => undefined);
  return {
    cpuNs,
    usageBytes,
    workingSetBytes: Math.max(0, usageBytes - inactive),
    rssBytes,
    disk: disk && { capacityBytes: disk.blocks * disk.bsize, availableBytes: disk.bavail * disk.bsize },
  };
}
