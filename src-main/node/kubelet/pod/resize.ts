import { podRequests } from '@shared/kinds/core/pod/pod-resources.ts';
import type { ResourceRequirements } from '@shared/kinds/wire.ts';
import { stableStringify } from '@shared/lib/json.ts';
import { compareQuantity } from '@shared/lib/quantity.ts';
import type { DeepReadonly, Json } from '@shared/lib/types.ts';
import type { LinuxResources } from '../runtime.ts';
import type { Room } from './allocations.ts';
import { containerResources } from './qos.ts';
import { containerSpecs, type ReadonlyContainer, type ReadonlyPod } from './spec.ts';

export type Resources = DeepReadonly<ResourceRequirements>;
/** By the name of the container. */
export type PodResources = ReadonlyMap<string, Resources>;

/** Why a wish for other resources is not granted (now). */
export interface Refusal {
  /** Deferred: once other pods have made room. Infeasible: the node is too small. */
  readonly reason: 'Deferred' | 'Infeasible';
  readonly message: string;
}

/** What has to be done to a running container so that it gets its resources. */
export type ResizeStep = 'none' | 'update' | 'restart';

/** The conditions that tell of a resize; without one there is nothing to tell. */
export const resizeConditionTypes: readonly string[] = ['PodResizePending', 'PodResizeInProgress'];

const resizable = ['cpu', 'memory'] as const;
const sides = ['requests', 'limits'] as const;

/** What a pod's spec asks for, container by container; init containers that end are not resized. */
export function wishes(pod: ReadonlyPod): PodResources {
  return new Map(
    containerSpecs(pod)
      .filter(({ role }) => role !== 'init')
      .map(({ container }) => [container.name, container.resources ?? {}]),
  );
}

/** The pod with these resources in place of what its spec asks for; the same object when they are the same. */
export function withResources(pod: ReadonlyPod, resources: PodResources): ReadonlyPod {
  if (!pod.spec) return pod;
  const isOther = [...wishes(pod)].some(([name, wish]) => !isSame(wish, resources.get(name) ?? wish));
  if (!isOther) return pod;
  const given = <C extends ReadonlyContainer>(container: C): C => {
    const own = resources.get(container.name);
    return own ? { ...container, resources: own } : container;
  };
  const { containers, initContainers } = pod.spec;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: containers.map(given),
      ...(initContainers && { initContainers: initContainers.map(given) }),
    },
  };
}

/** Whether processor time and memory are the same, however they are written. */
export function isSame(a: Resources, b: Resources): boolean {
  return resizable.every((name) => sides.every((side) => isSameAmount(a[side]?.[name], b[side]?.[name])));
}

function isSameAmount(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || compareQuantity(a, b) === 0;
}

/** Whether the node has room for `pod` beside what others take; undefined: it has. */
export function refusalOf(pod: ReadonlyPod, others: Room, capacity: Room): Refusal | undefined {
  const wanted = podRequests(pod);
  const amounts = [
    ['cpu', wanted.cpuMilli, others.cpuMilli, capacity.cpuMilli],
    ['memory', wanted.memoryBytes, others.memoryBytes, capacity.memoryBytes],
  ] as const;
  for (const [name, requested, , total] of amounts) {
    if (requested <= total) continue;
    const message = `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${total}`;
    return { reason: 'Infeasible', message };
  }
  for (const [name, requested, used, total] of amounts) {
    if (requested + used <= total) continue;
    const message = `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${total}`;
    return { reason: 'Deferred', message };
  }
  return undefined;
}

/** How a running container that has `actual` gets what `container` asks for. */
export function resizeStep(container: ReadonlyContainer, actual: Resources): ResizeStep {
  const wanted = container.resources ?? {};
  const changed = resizable.filter((name) =>
    sides.some((side) => !isSameAmount(wanted[side]?.[name], actual[side]?.[name])),
  );
  if (changed.length === 0) return 'none';
  const restarts = container.resizePolicy?.some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' && changed.some((name) => name === resourceName),
  );
  return restarts ? 'restart' : 'update';
}

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
