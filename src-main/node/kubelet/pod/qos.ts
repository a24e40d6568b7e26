import { isSidecar } from '@shared/kinds/core/pod/pod-containers.ts';
import { podRequests, qosClass } from '@shared/kinds/core/pod/pod-resources.ts';
import { quantityToMilli, quantityToNumber } from '@shared/lib/quantity.ts';
import type { LinuxResources } from '../runtime.ts';
import { type ReadonlyContainer, type ReadonlyPod, uidOf } from './spec.ts';

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
  const shared = pod.spec?.resources?.limits;
  const cpuMilli = milli(requests?.cpu ?? limits?.cpu);
  return {
    cpuShares: sharesOf(cpuMilli),
    ...limitsOf({ cpu: limits?.cpu ?? shared?.cpu, memory: limits?.memory ?? shared?.memory }),
    oomScoreAdj: oomScoreAdj(pod, container, nodeMemoryBytes),
  };
}

/**
 * Settings of the cgroup that a pod's containers share, when the pod states resources of its own; undefined: they are
 * bounded one by one. https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/
 */
export function podLevelResources(pod: ReadonlyPod): LinuxResources | undefined {
  const { requests, limits } = pod.spec?.resources ?? {};
  if (!requests && !limits) return undefined;
  return {
    cpuShares: sharesOf(podRequests(pod).cpuMilli),
    ...limitsOf({ cpu: limits?.cpu, memory: limits?.memory }),
  };
}

function limitsOf(limits: {
  readonly cpu: string | undefined;
  readonly memory: string | undefined;
}): LinuxResources {
  const cpuMilli = milli(limits.cpu);
  const memoryLimitBytes = bytes(limits.memory);
  return {
    ...(cpuMilli > 0 && {
      cpuPeriodUs: periodUs,
      cpuQuotaUs: Math.max(1000, Math.round((cpuMilli * periodUs) / 1000)),
    }),
    ...(memoryLimitBytes > 0 && { memoryLimitBytes }),
  };
}

/** cgroup v1 shares: 1024 a core, at least 2. */
export function sharesOf(cpuMilli: number): number {
  return cpuMilli <= 0 ? 2 : Math.min(262_144, Math.max(2, Math.floor((cpuMilli * 1024) / 1000)));
}

/**
 * The larger the share of the node's memory a container has asked for, the later it is killed. What its pod asks for
 * beyond its containers is shared out among them.
 */
export function oomScoreAdj(pod: ReadonlyPod, container: ReadonlyContainer, nodeMemoryBytes: number): number {
  const qos = qosClass(pod);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const { requests, limits } = container.resources ?? {};
  const requestBytes = bytes(requests?.memory ?? limits?.memory) + sharedMemoryBytes(pod);
  const score = 1000 - Math.floor((1000 * requestBytes) / Math.max(1, nodeMemoryBytes));
  return Math.min(999, Math.max(3, score));
}

function sharedMemoryBytes({ spec }: ReadonlyPod): number {
  const ofPod = spec?.resources?.requests?.memory;
  if (ofPod === undefined) return 0;
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []).filter(isSidecar)];
  const ofContainers = all.reduce((sum, { resources }) => sum + bytes(resources?.requests?.memory), 0);
  return Math.max(0, bytes(ofPod) - ofContainers) / Math.max(1, all.length);
}

function milli(quantity: string | undefined): number {
  return quantity === undefined ? 0 : quantityToMilli(quantity);
}

function bytes(quantity: string | undefined): number {
  return quantity === undefined ? 0 : Math.ceil(quantityToNumber(quantity));
}
