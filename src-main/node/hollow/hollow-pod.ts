import { qosClass } from '@shared/kinds/core/pod/pod-resources.ts';
import type { Container, ContainerStatus, Pod, PodStatus } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { isUnsettled, resourcesOf, wholeResources } from './hollow-resize.ts';

type ReadonlyPod = DeepReadonly<Pod>;

/** What a simulated node has to do about a pod now. Pure. */
export type HollowAction = 'start' | 'settle' | 'remove' | 'nothing';

export function planHollowPod(pod: ReadonlyPod): HollowAction {
  if (pod.metadata?.deletionTimestamp !== undefined) return 'remove';
  const phase = pod.status?.phase ?? 'Pending';
  if (phase === 'Pending') return 'start';
  return phase === 'Running' && isUnsettled(pod) ? 'settle' : 'nothing';
}

/** The status of a pod whose containers are all said to run: what a kubelet would have reported. Pure. */
export function runningStatus(
  pod: ReadonlyPod,
  given: { podIp: string; hostIp: string; now: string },
): PodStatus {
  const { podIp, hostIp, now } = given;
  const condition = (type: string) => ({
    type,
    status: 'True',
    lastTransitionTime: now,
  });
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const started = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady'].map(condition);
  return {
    phase: 'Running',
    observedGeneration: pod.metadata?.generation ?? 1,
    conditions: [
      ...started,
      { ...condition('PodScheduled'), lastTransitionTime: scheduled?.lastTransitionTime ?? now },
    ],
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    startTime: now,
    qosClass: qosClass(pod),
    ...(structuredClone(wholeResources(pod)) as Pick<PodStatus, 'resources' | 'allocatedResources'>),
    initContainerStatuses: (pod.spec?.initContainers ?? []).map((container) =>
      initStatus(container, pod, now),
    ),
    containerStatuses: (pod.spec?.containers ?? []).map((container) => runningContainer(container, pod, now)),
  };
}

function initStatus(container: DeepReadonly<Container>, pod: ReadonlyPod, now: string): ContainerStatus {
  if (container.restartPolicy === 'Always') return runningContainer(container, pod, now);
  const { containerID, ...common } = commonStatus(container, pod);
  return {
    ...common,
    containerID,
    ready: true,
    started: false,
    state: { terminated: { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now, containerID } },
  };
}

function runningContainer(
  container: DeepReadonly<Container>,
  pod: ReadonlyPod,
  now: string,
): ContainerStatus {
  return {
    ...commonStatus(container, pod),
    ...(structuredClone(resourcesOf(container)) as Pick<ContainerStatus, 'resources' | 'allocatedResources'>),
    ready: true,
    started: true,
    state: { running: { startedAt: now } },
  };
}

function commonStatus(container: DeepReadonly<Container>, pod: ReadonlyPod) {
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: `hollow://${container.image}`,
    containerID: `hollow://${pod.metadata?.uid}/${container.name}`,
    restartCount: 0,
    lastState: {},
  };
}
