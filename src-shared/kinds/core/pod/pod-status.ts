import { parseTime } from '../../../lib/time.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { ContainerState, ContainerStatus, Pod, PodCondition } from '../../wire.ts';
import { isSidecar } from './pod-containers.ts';

type ReadonlyPod = Unchecked<Pod>;

/** The pod's condition of that type, e.g. `Ready`. */
export function podCondition(pod: ReadonlyPod, type: string): Unchecked<PodCondition> | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** True when the pod may receive traffic: its condition Ready is True. */
export function isPodReady(pod: ReadonlyPod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** When the pod became ready, in milliseconds; undefined while it is not. */
export function podReadySinceMs(pod: ReadonlyPod): number | undefined {
  const ready = podCondition(pod, 'Ready');
  return ready?.status === 'True' ? parseTime(ready.lastTransitionTime ?? '') : undefined;
}

/** True when the pod has been ready for at least `minReadySeconds`. */
export function isPodAvailable(pod: ReadonlyPod, minReadySeconds: number, nowMs: number): boolean {
  if (!isPodReady(pod)) return false;
  if (minReadySeconds <= 0) return true;
  const sinceMs = podReadySinceMs(pod);
  return sinceMs !== undefined && sinceMs + minReadySeconds * 1000 <= nowMs;
}

/** True when no container of the pod will ever run again (phase Succeeded or Failed). */
export function isPodTerminal(pod: ReadonlyPod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** True when the pod counts as a replica: neither finished nor being deleted. */
export function isPodActive(pod: ReadonlyPod): boolean {
  return !isPodTerminal(pod) && pod.metadata?.deletionTimestamp === undefined;
}

/** What `kubectl get pods` says of a pod. */
export interface PodSummary {
  /** The STATUS column: `Running`, `Init:0/1`, `CrashLoopBackOff`, `Terminating`, … */
  readonly status: string;
  readonly readyContainers: number;
  /** Containers and sidecars; init containers that end do not count. */
  readonly totalContainers: number;
  readonly restarts: number;
  /** When a container last ended and was started again; undefined when that never happened. */
  readonly lastRestartMs: number | undefined;
}

/** The STATUS column of `kubectl get pods`. */
export function podPhaseText(pod: ReadonlyPod): string {
  return summarizePod(pod).status;
}

/**
 * Sums a pod up as kubectl does: the phase (or `status.reason`) is overridden by the first init container that
 * has not finished, then by the first container that waits or has ended, then by deletion.
 */
export function summarizePod(pod: ReadonlyPod): PodSummary {
  const phase = pod.status?.phase ?? '';
  const basis = podCondition(pod, 'PodScheduled')?.reason === 'SchedulingGated';
  const reason = basis ? 'SchedulingGated' : pod.status?.reason || phase;
  const init = summarizeInit(pod);
  const initialized = init.status === undefined || podCondition(pod, 'Initialized')?.status === 'True';
  const main = summarizeContainers(pod, init.status ?? reason);
  const status = initialized ? main.status : (init.status ?? reason);
  const restarts = initialized ? join(init.sidecars, main.restarts) : init.restarts;
  return {
    status: deletionText(pod) ?? status,
    readyContainers: init.readySidecars + (initialized ? main.ready : 0),
    totalContainers:
      (pod.spec?.containers?.length ?? 0) + (pod.spec?.initContainers ?? []).filter(isSidecar).length,
    restarts: restarts.count,
    lastRestartMs: restarts.lastMs,
  };
}

function deletionText(pod: ReadonlyPod): string | undefined {
  if (pod.metadata?.deletionTimestamp === undefined) return undefined;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  return isPodTerminal(pod) ? undefined : 'Terminating';
}

interface Restarts {
  readonly count: number;
  readonly lastMs: number | undefined;
}

const noRestarts: Restarts = { count: 0, lastMs: undefined };

function join(a: Restarts, b: Restarts): Restarts {
  const lastMs = Math.max(a.lastMs ?? 0, b.lastMs ?? 0);
  return { count: a.count + b.count, lastMs: lastMs === 0 ? undefined : lastMs };
}

function restartsOf(status: Unchecked<ContainerStatus>): Restarts {
  const finishedAt = status.lastState?.terminated?.finishedAt;
  return {
    count: status.restartCount ?? 0,
    lastMs: finishedAt === undefined ? undefined : parseTime(finishedAt),
  };
}

interface InitSummary {
  /** Undefined when every init container has done its work. */
  readonly status: string | undefined;
  readonly readySidecars: number;
  /** Of all init containers up to the one at work. */
  readonly restarts: Restarts;
  /** Of the sidecars among them. */
  readonly sidecars: Restarts;
}

function summarizeInit(pod: ReadonlyPod): InitSummary {
  const specs = new Map((pod.spec?.initContainers ?? []).map((container) => [container.name, container]));
  let restarts = noRestarts;
  let sidecars = noRestarts;
  let readySidecars = 0;
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = isSidecar(specs.get(container.name));
    restarts = join(restarts, restartsOf(container));
    if (sidecar) sidecars = join(sidecars, restartsOf(container));
    if (container.state?.terminated?.exitCode === 0) continue;
    if (sidecar && container.started === true) {
      if (container.ready) readySidecars++;
      continue;
    }
    return { status: initText(container.state, `${index}/${specs.size}`), readySidecars, restarts, sidecars };
  }
  return { status: undefined, readySidecars, restarts, sidecars };
}

function initText(state: Unchecked<ContainerState> | undefined, progress: string): string {
  if (state?.terminated) return `Init:${terminatedText(state.terminated)}`;
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${progress}`;
}

function terminatedText(terminated: NonNullable<Unchecked<ContainerState>['terminated']>): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode ?? 0}`;
}

function summarizeContainers(
  pod: ReadonlyPod,
  reason: string,
): { status: string; ready: number; restarts: Restarts } {
  let status = reason;
  let ready = 0;
  let restarts = noRestarts;
  for (const container of (pod.status?.containerStatuses ?? []).toReversed()) {
    restarts = join(restarts, restartsOf(container));
    const { waiting, terminated, running } = container.state ?? {};
    if (waiting?.reason) status = waiting.reason;
    else if (terminated) status = terminatedText(terminated);
    else if (container.ready && running) ready++;
  }
  if (status === 'Completed' && ready > 0) status = isPodReady(pod) ? 'Running' : 'NotReady';
  return { status, ready, restarts };
}
