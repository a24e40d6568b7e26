import { readFile, statfs } from 'node:fs/promises';
import type { Clock } from '@shared/lib/clock.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import { containerNameLabel, podNameLabel, podNamespaceLabel, podUidLabel } from '../pod/labels.ts';
import type { ContainerRuntime, ContainerStats } from '../runtime.ts';

interface Sample {
  readonly atNs: bigint;
  readonly cpuNs: number;
}

/** The kubelet's `/stats/summary`. Rates are taken between two questions, so the first one has none. */
export class StatsSummary {
  readonly #runtime: ContainerRuntime;
  readonly #clock: Clock;
  readonly #nodeName: string;
  #samples = new Map<string, Sample>();

  constructor(options: { runtime: ContainerRuntime; clock: Clock; nodeName: string }) {
    this.#runtime = options.runtime;
    this.#clock = options.clock;
    this.#nodeName = options.nodeName;
  }

  async read(): Promise<object> {
    const [stats, usage, disk] = await Promise.all([
      this.#runtime.listContainerStats(),
      nodeUsage(),
      statfs('/var/lib').catch(() => undefined),
    ]);
    const time = rfc3339(this.#clock.now());
    const samples = new Map<string, Sample>();
    const nodeSample = { atNs: BigInt(this.#clock.now()) * 1_000_000n, cpuNs: usage.cpuNs };
    const node = {
      nodeName: this.#nodeName,
      cpu: { time, usageCoreNanoSeconds: usage.cpuNs, ...this.#rate('node', nodeSample, samples) },
      memory: { time, workingSetBytes: usage.workingSetBytes, usageBytes: usage.usageBytes },
      ...(disk && {
        fs: {
          time,
          capacityBytes: disk.blocks * disk.bsize,
          availableBytes: disk.bavail * disk.bsize,
          usedBytes: (disk.blocks - disk.bfree) * disk.bsize,
        },
      }),
    };
    const pods = new Map<string, { podRef: object; containers: object[] }>();
    for (const stat of stats) {
      const uid = stat.labels[podUidLabel] ?? '';
      const podRef = {
        name: stat.labels[podNameLabel] ?? '',
        namespace: stat.labels[podNamespaceLabel] ?? '',
        uid,
      };
      const pod = pods.get(uid) ?? { podRef, containers: [] };
      pods.set(uid, pod);
      pod.containers.push(this.#container(stat, time, samples));
    }
    this.#samples = samples;
    return { node, pods: [...pods.values()] };
  }

  #container(stat: ContainerStats, time: string, samples: Map<string, Sample>): object {
    const sample = { atNs: stat.timestampNs, cpuNs: stat.cpuUsageCoreNanoSeconds };
    return {
      name: stat.labels[containerNameLabel] ?? '',
      cpu: {
        time,
        usageCoreNanoSeconds: stat.cpuUsageCoreNanoSeconds,
        ...this.#rate(stat.id, sample, samples),
      },
      memory: { time, workingSetBytes: stat.memoryWorkingSetBytes, rssBytes: stat.memoryRssBytes },
      rootfs: { time, usedBytes: stat.writableLayerBytes },
    };
  }

  #rate(key: string, sample: Sample, samples: Map<string, Sample>): { usageNanoCores?: number } {
    const before = this.#samples.get(key);
    samples.set(key, sample);
    if (!before || sample.atNs <= before.atNs) return {};
    const seconds = Number(sample.atNs - before.atNs) / 1e9;
    return { usageNanoCores: Math.max(0, Math.round((sample.cpuNs - before.cpuNs) / seconds)) };
  }
}

interface NodeUsage {
  readonly cpuNs: number;
  readonly usageBytes: number;
  readonly workingSetBytes: number;
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
  return { cpuNs, usageBytes, workingSetBytes: Math.max(0, usageBytes - inactive) };
}
