import type { Clock } from '@shared/lib/clock.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { Kubelet } from '../kubelet.ts';
import type { ContainerRuntime } from '../runtime.ts';
import { type ContainerUsage, type NodeUsage, type PodUsage, podTotals, readUsage } from './usage.ts';

interface Sample {
  readonly atNs: bigint;
  readonly cpuNs: number;
}

interface StatsOptions {
  readonly kubelet: Kubelet;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly nodeName: string;
}

/** One answer under way: its time, and the samples that the next one takes its rates from. */
interface Reading {
  readonly time: string;
  readonly samples: Map<string, Sample>;
}

/**
 * The kubelet's `/stats/summary` (stats/v1alpha1). Rates are taken between two questions, so the first one has none.
 */
export class StatsSummary {
  readonly #options: StatsOptions;
  #samples = new Map<string, Sample>();

  constructor(options: StatsOptions) {
    this.#options = options;
  }

  async read(): Promise<object> {
    const { node, pods } = await readUsage(this.#options);
    const reading: Reading = { time: rfc3339(this.#options.clock.now()), samples: new Map() };
    const summary = {
      node: this.#node(node, reading),
      pods: pods.map((pod) => this.#pod(pod, reading)),
    };
    this.#samples = reading.samples;
    return summary;
  }

  #node(usage: NodeUsage, reading: Reading): object {
    const { time } = reading;
    const { nodeName, clock } = this.#options;
    const sample = { atNs: BigInt(clock.now()) * 1_000_000n, cpuNs: usage.cpuNs };
    const { disk } = usage;
    return {
      nodeName,
      cpu: { time, usageCoreNanoSeconds: usage.cpuNs, ...this.#rate('node', sample, reading) },
      memory: {
        time,
        usageBytes: usage.usageBytes,
        workingSetBytes: usage.workingSetBytes,
        rssBytes: usage.rssBytes,
      },
      ...(disk && { fs: { time, ...disk, usedBytes: disk.capacityBytes - disk.availableBytes } }),
    };
  }

  #pod(usage: PodUsage, reading: Reading): object {
    const { time } = reading;
    const { uid, name, namespace, pod, containers, interfaces } = usage;
    const { cpuNs, workingSetBytes, timestampMs } = podTotals(usage);
    const startTime = pod?.status?.startTime;
    const sample = { atNs: BigInt(timestampMs) * 1_000_000n, cpuNs };
    const [first] = interfaces;
    return {
      podRef: { name, namespace, uid },
      ...(startTime !== undefined && { startTime }),
      containers: containers.map((container) => this.#container(container, reading)),
      cpu: { time, usageCoreNanoSeconds: cpuNs, ...this.#rate(`pod ${uid}`, sample, reading) },
      memory: { time, workingSetBytes },
      ...(first && { network: { time, ...wire(first), interfaces: interfaces.map(wire) } }),
    };
  }

  #container(usage: ContainerUsage, reading: Reading): object {
    const { time } = reading;
    const sample = { atNs: usage.timestampNs, cpuNs: usage.cpuUsageCoreNanoSeconds };
    return {
      name: usage.name,
      ...(usage.startedAtMs !== undefined && { startTime: rfc3339(usage.startedAtMs) }),
      cpu: {
        time,
        usageCoreNanoSeconds: usage.cpuUsageCoreNanoSeconds,
        ...this.#rate(usage.id, sample, reading),
      },
      memory: { time, workingSetBytes: usage.memoryWorkingSetBytes, rssBytes: usage.memoryRssBytes },
      rootfs: { time, usedBytes: usage.writableLayerBytes },
    };
  }

  #rate(key: string, sample: Sample, { samples }: Reading): { usageNanoCores?: number } {
    const before = this.#samples.get(key);
    samples.set(key, sample);
    if (!before || sample.atNs <= before.atNs) return {};
    const seconds = Number(sample.atNs - before.atNs) / 1e9;
    return { usageNanoCores: Math.max(0, Math.round((sample.cpuNs - before.cpuNs) / seconds)) };
  }
}

function wire(face: PodUsage['interfaces'][number]): object {
  return {
    name: face.name,
    rxBytes: face.receivedBytes,
    rxErrors: face.receiveErrors,
    txBytes: face.sentBytes,
    txErrors: face.sendErrors,
  };
}
