/** What the kubelet says of one node or pod. */
export interface Counters {
  /** CPU time since its start. */
  readonly cpuSeconds: number;
  /** The kubelet's own rate, where it has one. */
  readonly cpuCores: number | undefined;
  readonly memoryBytes: number;
}

export interface Summary {
  readonly node: Counters | undefined;
  /** By uid; a pod counts as the sum of its containers. */
  readonly pods: ReadonlyMap<string, Counters>;
}

/** Reads the kubelet's `/stats/summary`; what is missing or malformed is left out. */
export function parseSummary(answer: unknown): Summary {
  const pods = new Map<string, Counters>();
  for (const pod of listAt(answer, 'pods')) {
    const uid = fieldOf(fieldOf(pod, 'podRef'), 'uid');
    if (typeof uid !== 'string') continue;
    const containers = listAt(pod, 'containers').map(countersOf);
    pods.set(uid, containers.filter((item) => item !== undefined).reduce(add, none));
  }
  return { node: countersOf(fieldOf(answer, 'node')), pods };
}

const none: Counters = { cpuSeconds: 0, cpuCores: undefined, memoryBytes: 0 };

function add(a: Counters, b: Counters): Counters {
  return {
    cpuSeconds: a.cpuSeconds + b.cpuSeconds,
    cpuCores: a.cpuCores === undefined ? b.cpuCores : a.cpuCores + (b.cpuCores ?? 0),
    memoryBytes: a.memoryBytes + b.memoryBytes,
  };
}

function countersOf(value: unknown): Counters | undefined {
  const cpu = fieldOf(value, 'cpu');
  const cpuNs = numberAt(cpu, 'usageCoreNanoSeconds');
  const memoryBytes = numberAt(fieldOf(value, 'memory'), 'workingSetBytes');
  if (cpuNs === undefined || memoryBytes === undefined) return undefined;
  const rate = numberAt(cpu, 'usageNanoCores');
  return { cpuSeconds: cpuNs / 1e9, cpuCores: rate === undefined ? undefined : rate / 1e9, memoryBytes };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function listAt(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? list : [];
}

function numberAt(value: unknown, name: string): number | undefined {
  const number = fieldOf(value, name);
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
