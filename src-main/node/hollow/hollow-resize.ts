import {
  isSame,
  type Refusal,
  type Resources,
  type Room,
  refusalOf,
  resizeConditionTypes,
  resizeStep,
  wholePod,
  wishes,
} from '@shared/kinds/core/pod/pod-resize.ts';
import type { Container, ContainerStatus, Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

type ReadonlyPod = DeepReadonly<Pod>;

interface Surroundings {
  /** What other pods of the node take, and what it has. */
  readonly others: Room;
  readonly capacity: Room;
  readonly now: string;
}

/** Whether a running pod asks for something that its status has not answered, or could not grant so far. Pure. */
export function isUnsettled({ metadata, status }: ReadonlyPod): boolean {
  return status?.observedGeneration !== metadata?.generation || isDeferred(status);
}

/** Whether a pod waits for others to make room. */
export function isDeferred(status: ReadonlyPod['status']): boolean {
  return (
    status?.conditions?.some(({ type, reason }) => type === resizePending && reason === 'Deferred') ?? false
  );
}

/**
 * What a simulated node answers to other resources: a strategic merge patch of the pod's status, in which containers
 * have them at once, or in which is told why not. Undefined when it says so already. Pure.
 */
export function settle(pod: ReadonlyPod, { others, capacity, now }: Surroundings): object | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const had = new Map(statuses.map(({ name, resources }) => [name, resources]));
  had.set(wholePod, pod.status?.resources);
  const isChanged = [...wishes(pod)].some(([name, wish]) => !isSame(wish, had.get(name) ?? wish));
  const refusal = isChanged ? refusalOf(pod, others, capacity) : undefined;
  const observedGeneration = pod.metadata?.generation ?? 1;
  if (refusal) return refused(pod, refusal, now);
  const status = {
    observedGeneration,
    conditions: withdrawn(pod),
    ...(isChanged && {
      ...wholeResources(pod),
      containerStatuses: granted(pod.spec?.containers, pod.status?.containerStatuses, now),
      initContainerStatuses: granted(pod.spec?.initContainers, pod.status?.initContainerStatuses, now),
    }),
  };
  const isNews =
    isChanged || status.conditions.length > 0 || pod.status?.observedGeneration !== observedGeneration;
  return isNews ? status : undefined;
}

const resizePending = 'PodResizePending';

function refused(pod: ReadonlyPod, { reason, message }: Refusal, now: string): object | undefined {
  const observedGeneration = pod.metadata?.generation ?? 1;
  const before = pod.status?.conditions?.find(({ type }) => type === resizePending);
  const isTold =
    before?.reason === reason &&
    before.message === message &&
    before.observedGeneration === observedGeneration;
  if (isTold && pod.status?.observedGeneration === observedGeneration) return undefined;
  const lastTransitionTime = before?.reason === reason ? before.lastTransitionTime : now;
  const condition = {
    type: resizePending,
    status: 'True',
    reason,
    message,
    observedGeneration,
    lastTransitionTime,
  };
  return { observedGeneration, conditions: [condition] };
}

/** Conditions of resizes that are over. */
function withdrawn({ status }: ReadonlyPod): object[] {
  return (status?.conditions ?? [])
    .filter(({ type }) => resizeConditionTypes.includes(type))
    .map(({ type }) => ({ $patch: 'delete', type }));
}

/** Statuses of containers that have what they ask for; started anew where that takes a restart. */
function granted(
  containers: readonly DeepReadonly<Container>[] | undefined,
  statuses: readonly DeepReadonly<ContainerStatus>[] | undefined,
  now: string,
): readonly DeepReadonly<ContainerStatus>[] {
  const byName = new Map(containers?.map((container) => [container.name, container]));
  return (statuses ?? []).map((status) => {
    const container = byName.get(status.name);
    if (!container || !status.state?.running) return status;
    const isRestarted = status.resources && resizeStep(container, status.resources) === 'restart';
    return { ...status, ...resourcesOf(container), ...(isRestarted && restarted(status, now)) };
  });
}

/** What a status says of a pod that states resources for all of its containers. */
export function wholeResources({ spec }: ReadonlyPod): object {
  return spec?.resources ? resourcesOf({ name: '', resources: spec.resources }) : {};
}

/** What a status says of a container that has all it asks for. */
export function resourcesOf({ resources = {} }: DeepReadonly<Container>): {
  readonly resources: Resources;
  readonly allocatedResources?: Readonly<Record<string, string>>;
} {
  const { requests, limits } = resources;
  return {
    ...(requests && { allocatedResources: requests }),
    resources: { ...(requests && { requests }), ...(limits && { limits }) },
  };
}

/** Asked to end (SIGTERM), it ended and was started again. */
function restarted({ restartCount, state, containerID = '' }: DeepReadonly<ContainerStatus>, now: string) {
  const { startedAt = now } = state?.running ?? {};
  const terminated = { exitCode: 143, reason: 'Error', startedAt, finishedAt: now, containerID };
  return {
    restartCount: restartCount + 1,
    state: { running: { startedAt: now } },
    lastState: { terminated },
  };
}
