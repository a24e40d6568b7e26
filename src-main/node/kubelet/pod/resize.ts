import type { Resources } from '@shared/kinds/core/pod/pod-resize.ts';
import { stableStringify } from '@shared/lib/json.ts';
import type { Json } from '@shared/lib/types.ts';
import type { LinuxResources } from '../runtime.ts';
import { containerResources } from './qos.ts';
import type { ReadonlyContainer, ReadonlyPod } from './spec.ts';

/** The cgroup settings that change in a running container; -1 lifts a limit. */
export function changedSettings(
  pod: ReadonlyPod,
  container: ReadonlyContainer,
  actual: Resources,
): LinuxResources {
  const { cpuShares, cpuPeriodUs, cpuQuotaUs, memoryLimitBytes } = containerResources(pod, container, 1);
  const had = actual.limits ?? {};
  return {
    ...(cpuShares !== undefined && { cpuShares }),
    ...(cpuPeriodUs !== undefined && { cpuPeriodUs }),
    ...(cpuQuotaUs !== undefined ? { cpuQuotaUs } : had.cpu !== undefined && { cpuQuotaUs: -1 }),
    ...(memoryLimitBytes !== undefined
      ? { memoryLimitBytes }
      : had.memory !== undefined && { memoryLimitBytes: -1 }),
  };
}

/** Text of the events that tell of a resize: what the pod's containers are to have. */
export function resizeText(
  what: string,
  pod: ReadonlyPod,
  more: { generation: number; error?: string },
): string {
  const summary = ({ name, resources = {} }: ReadonlyContainer) => ({ name, resources: inOrder(resources) });
  const { initContainers = [], containers = [] } = pod.spec ?? {};
  const parts = {
    ...(initContainers.length > 0 && { initContainers: initContainers.map(summary) }),
    containers: containers.map(summary),
    ...more,
  };
  return `Pod resize ${what}: ${JSON.stringify(parts)}`;
}

/** Keys in the order in which Kubernetes writes them. */
function inOrder(resources: Resources): Json {
  return JSON.parse(stableStringify(resources as Json)) as Json;
}
