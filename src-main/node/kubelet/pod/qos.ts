import { parseQuantity, quantityToMilli, quantityToNumber } from '@shared/lib/quantity.ts';
import type { LinuxResources } from '../runtime.ts';
import { containerSpecs, type ReadonlyContainer, type ReadonlyPod, uidOf } from './spec.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

type Quantities = Readonly<Record<string, string>>;
const judged = ['cpu', 'memory'];

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/ */
export function qosClass(pod: ReadonlyPod): QosClass {
  const containers = containerSpecs(pod).map(({ container }) => container);
  const asks = containers.map(({ resources }) => ({
    requests: nonZero(resources?.requests),
    limits: nonZero(resources?.limits),
  }));
  if (asks.every(({ requests, limits }) => requests.size === 0 && limits.size === 0)) return 'BestEffort';
  const isGuaranteed = asks.every(({ requests, limits }) =>
    judged.every((name) => {
      const limit = limits.get(name);
      return limit !== undefined && (requests.get(name) ?? limit) === limit;
    }),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function nonZero(quantities: Quantities | undefined): ReadonlyMap<string, bigint> {
  const entries = judged.flatMap((name): [string, bigint][] => {
    const nanos = parseQuantity(quantities?.[name] ?? '0')?.nanos ?? 0n;
    return nanos > 0n ? [[name, nanos]] : [];
  });
  return new Map(entries);
}

/** cgroup of the pod, as the runtime's cgroupfs driver names it. */
export function cgroupParent(pod: ReadonlyPod): string {
  const uid = uidOf(pod);
  const qos = qosClass(pod);
  return qos === 'Guaranteed' ? `/kubepods/pod${uid}` : `/kubepods/${qos.toLowerCase()}/pod${uid}`;
}

const periodUs = 100_000;

/** cgroup settings of one container. `nodeMemoryBytes` scales the score by which the kernel picks its victims. */
export function containerResources(
  pod: ReadonlyPod,
  container: ReadonlyContainer,
  nodeMemoryBytes: number,
): LinuxResources {
  const { requests, limits } = container.resources ?? {};
  const cpuLimitMilli = milli(limits?.cpu);
  const cpuMilli = requests?.cpu === undefined ? cpuLimitMilli : milli(requests.cpu);
  const memoryLimitBytes = bytes(limits?.memory);
  return {
    cpuShares: sharesOf(cpuMilli),
    ...(cpuLimitMilli > 0 && {
      cpuPeriodUs: periodUs,
      cpuQuotaUs: Math.max(1000, Math.round((cpuLimitMilli * periodUs) / 1000)),
    }),
    ...(memoryLimitBytes > 0 && { memoryLimitBytes }),
    oomScoreAdj: oomScoreAdj(pod, container, nodeMemoryBytes),
  };
}

/** cgroup v1 shares: 1024 a core, at least 2. */
export function sharesOf(cpuMilli: number): number {
  return cpuMilli <= 0 ? 2 : Math.min(262_144, Math.max(2, Math.floor((cpuMilli * 1024) / 1000)));
}

/** The larger the share of the node's memory a container has asked for, the later it is killed. */
export function oomScoreAdj(pod: ReadonlyPod, container: ReadonlyContainer, nodeMemoryBytes: number): number {
  const qos = qosClass(pod);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const requestBytes = bytes(container.resources?.requests?.memory ?? container.resources?.limits?.memory);
  const score = 1000 - Math.floor((1000 * requestBytes) / Math.max(1, nodeMemoryBytes));
  return Math.min(999, Math.max(3, score));
}

function milli(quantity: string | undefined): number {
  return quantity === undefined ? 0 : quantityToMilli(quantity);
}

function bytes(quantity: string | undefined): number {
  return quantity === undefined ? 0 : Math.ceil(quantityToNumber(quantity));
}
