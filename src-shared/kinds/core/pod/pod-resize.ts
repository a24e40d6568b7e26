import { compareQuantity } from '../../../lib/quantity.ts';
import type { DeepReadonly } from '../../../lib/types.ts';
import type { Container, Pod, ResourceRequirements } from '../../wire.ts';
import { isSidecar } from './pod-containers.ts';
import { podRequests } from './pod-resources.ts';

// How a node grants a pod other resources while it runs.
// https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/

type ReadonlyPod = DeepReadonly<Pod>;
type ReadonlyContainer = DeepReadonly<Container>;

export type Resources = DeepReadonly<ResourceRequirements>;
/** By the name of the container; under {@link wholePod} those that the pod states for all of them. */
export type PodResources = ReadonlyMap<string, Resources>;

/** No container has this name. */
export const wholePod = '';

/** Why a wish for other resources is not granted (now). */
export interface Refusal {
  /** Deferred: once other pods have made room. Infeasible: the node is too small. */
  readonly reason: 'Deferred' | 'Infeasible';
  readonly message: string;
}

/** What has to be done to a running container so that it gets its resources. */
export type ResizeStep = 'none' | 'update' | 'restart';

/** Processor time and memory that pods have been promised, or that a node has. */
export interface Room {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

/** The conditions that tell of a resize; without one there is nothing to tell. */
export const resizeConditionTypes: readonly string[] = ['PodResizePending', 'PodResizeInProgress'];

const resizable = ['cpu', 'memory'] as const;
const sides = ['requests', 'limits'] as const;

/** What a pod's spec asks for, container by container; init containers that end are not resized. */
export function wishes({ spec }: ReadonlyPod): PodResources {
  const resized = [...(spec?.initContainers ?? []).filter(isSidecar), ...(spec?.containers ?? [])];
  const found = new Map(resized.map(({ name, resources }) => [name, resources ?? {}]));
  const { resources } = spec ?? {};
  if (Object.keys({ ...resources?.requests, ...resources?.limits }).length > 0)
    found.set(wholePod, resources ?? {});
  return found;
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
  const whole = resources.get(wholePod);
  return {
    ...pod,
    spec: {
      ...pod.spec,
      ...(whole && { resources: whole }),
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
