import { podRequests } from '@shared/kinds/core/pod/pod-resources.ts';
import type { Container, Pod } from '@shared/kinds/wire.ts';
import { MetricsText } from '@shared/lib/metrics-text.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

/** Of what a container asks for, a simulated one is said to use this much. */
const share = 0.5;
/** What is said of one that asks for nothing. */
const leastCpuMilli = 5;
const leastMemoryBytes = 16 * 1024 * 1024;
/** What a node uses without any pod. */
const idle = { cpuMilli: 50, memoryBytes: 256 * 1024 * 1024 };

interface Use {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

interface Question {
  readonly pods: readonly DeepReadonly<Pod>[];
  readonly nowMs: number;
}

/**
 * What a simulated node says of its use: made up, half of what each container requests, without a change over time, so
 * that what reads it has something to show.
 */
export class SimulatedUsage {
  readonly #nodeName: string;
  /** Of the node, since it was first asked. Its pods come and go: what they used stays used. */
  #cpuSeconds = 0;
  #askedAtMs: number | undefined;

  constructor(nodeName: string) {
    this.#nodeName = nodeName;
  }

  /** `/stats/summary`. */
  summary({ pods, nowMs }: Question): object {
    const time = rfc3339(nowMs);
    const figures = ({ cpuMilli, memoryBytes }: Use, cpuSeconds: number) => ({
      cpu: { time, usageNanoCores: cpuMilli * 1e6, usageCoreNanoSeconds: Math.round(cpuSeconds * 1e9) },
      memory: { time, usageBytes: memoryBytes, workingSetBytes: memoryBytes, rssBytes: memoryBytes },
    });
    const node = this.#node({ pods, nowMs });
    return {
      node: { nodeName: this.#nodeName, ...figures(node, node.cpuSeconds) },
      pods: pods.map((pod) => {
        const { name, namespace, uid } = pod.metadata ?? {};
        const startTime = pod.status?.startTime ?? time;
        const ageMs = nowMs - Date.parse(startTime);
        const said = (use: Use) => figures(use, coreSeconds(use, ageMs));
        const containers = (pod.spec?.containers ?? []).map((container) => ({
          name: container.name,
          startTime,
          ...said(assumedOf(container)),
        }));
        return { podRef: { name, namespace, uid }, startTime, containers, ...said(assumedOfPod(pod)) };
      }),
    };
  }

  /** `/metrics/resource`: the same figures. */
  resourceMetrics({ pods, nowMs }: Question): string {
    const text = new MetricsText();
    const cpu = (of: string) =>
      text.counter(
        `${of}_cpu_usage_seconds_total`,
        `Processor time of each ${of}, made up: the node is simulated`,
      );
    const memory = (of: string) =>
      text.gauge(`${of}_memory_working_set_bytes`, `Memory of each ${of}, made up: the node is simulated`);
    const [containerCpu, containerMemory] = [cpu('container'), memory('container')];
    const [nodeCpu, nodeMemory, podCpu, podMemory] = [cpu('node'), memory('node'), cpu('pod'), memory('pod')];
    const node = this.#node({ pods, nowMs });
    nodeCpu(node.cpuSeconds, {}, nowMs);
    nodeMemory(node.memoryBytes, {}, nowMs);
    for (const pod of pods) {
      const { name = '', namespace = '' } = pod.metadata ?? {};
      const ageMs = nowMs - Date.parse(pod.status?.startTime ?? rfc3339(nowMs));
      for (const container of pod.spec?.containers ?? []) {
        const use = assumedOf(container);
        const labels = { container: container.name, namespace, pod: name };
        containerCpu(coreSeconds(use, ageMs), labels, nowMs);
        containerMemory(use.memoryBytes, labels, nowMs);
      }
      const use = assumedOfPod(pod);
      podCpu(coreSeconds(use, ageMs), { namespace, pod: name }, nowMs);
      podMemory(use.memoryBytes, { namespace, pod: name }, nowMs);
    }
    text.gauge('resource_scrape_error', '1 if there was an error, 0 otherwise')(0);
    return text.toString();
  }

  #node({ pods, nowMs }: Question): Use & { readonly cpuSeconds: number } {
    const use = sum([idle, ...pods.map(assumedOfPod)]);
    this.#cpuSeconds += coreSeconds(use, nowMs - (this.#askedAtMs ?? nowMs));
    this.#askedAtMs = nowMs;
    return { ...use, cpuSeconds: this.#cpuSeconds };
  }
}

function assumedOfPod({ spec }: DeepReadonly<Pod>): Use {
  return sum((spec?.containers ?? []).map(assumedOf));
}

function assumedOf(container: DeepReadonly<Container>): Use {
  const { cpuMilli, memoryBytes } = podRequests({ spec: { containers: [container] } });
  return {
    cpuMilli: Math.max(leastCpuMilli, cpuMilli * share),
    memoryBytes: Math.max(leastMemoryBytes, Math.round(memoryBytes * share)),
  };
}

function sum(all: readonly Use[]): Use {
  return all.reduce(
    (total, { cpuMilli, memoryBytes }) => ({
      cpuMilli: total.cpuMilli + cpuMilli,
      memoryBytes: total.memoryBytes + memoryBytes,
    }),
    { cpuMilli: 0, memoryBytes: 0 },
  );
}

function coreSeconds({ cpuMilli }: Use, ms: number): number {
  return (cpuMilli / 1000) * Math.max(0, ms / 1000);
}
