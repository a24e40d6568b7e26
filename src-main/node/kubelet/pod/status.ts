import type { Resources } from '@shared/kinds/core/pod/pod-resize.ts';
import { wholePod } from '@shared/kinds/core/pod/pod-resize.ts';
import { qosClass } from '@shared/kinds/core/pod/pod-resources.ts';
import type {
  ContainerState,
  ContainerStatus,
  PodCondition,
  PodStatus,
  ResourceRequirements,
} from '@shared/kinds/wire.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { nsToMs, type ObservedContainer, type ObservedPod } from './observed.ts';
import { podPhase } from './phase.ts';
import type { ProbeResult, Waiting } from './plan.ts';
import {
  type ContainerSpec,
  containerSpecs,
  ephemeralSpecs,
  isTerminalPhase,
  type ReadonlyPod,
  restartPolicyOf,
} from './spec.ts';

/** Reason of pods that took more of the node than they may. */
export const evictedReason = 'Evicted';

/** What a pod's status is computed from. */
export interface StatusInput {
  /** Its status is the one last written: what does not follow from the runtime is carried over from it. */
  readonly pod: ReadonlyPod;
  readonly observed: ObservedPod;
  /** Reasons of containers that could not start or must wait, by container name. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  probe(containerId: string): ProbeResult | undefined;
  /** Id of the instance of a container that was killed to be started anew. */
  replaced(container: string): string | undefined;
  /** What a container has been promised, and what it has. */
  resources(container: string): { readonly allocated: Resources; readonly actual: Resources } | undefined;
  readonly resizeConditions: readonly PodCondition[];
  readonly eviction?: { readonly reason: string; readonly message: string } | undefined;
  /** Nothing of the pod runs any more and nothing will. */
  readonly ended: boolean;
  readonly hostIps: readonly string[];
  readonly nowMs: number;
}

/**
 * The status of a pod, but for the conditions of others (readiness gates, DisruptionTarget, …), which are theirs to
 * change at any time. Pure; times of unchanged conditions stay.
 */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, hostIps } = input;
  const specs = containerSpecs(pod);
  const statuses = new Map(specs.map((spec) => [spec.container.name, containerStatus(input, spec)]));
  const of = (roles: readonly ContainerSpec['role'][]) =>
    specs
      .filter(({ role }) => roles.includes(role))
      .flatMap(({ container }) => statuses.get(container.name) ?? []);
  const phase = finalPhase(input, podPhase(pod, statuses, input.ended));
  const podIps = addresses(input);
  const reason = input.eviction ?? previousReason(pod);
  const initStatuses = of(['init', 'sidecar']);
  const ephemeralStatuses = ephemeralSpecs(pod).map((spec) => containerStatus(input, spec));
  return {
    phase,
    ...reason,
    observedGeneration: pod.metadata?.generation ?? 1,
    conditions: conditions(input, phase, statuses),
    hostIP: hostIps[0] ?? '',
    hostIPs: hostIps.map((ip) => ({ ip })),
    ...(podIps[0] !== undefined && { podIP: podIps[0], podIPs: podIps.map((ip) => ({ ip })) }),
    startTime: pod.status?.startTime ?? rfc3339(input.nowMs),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
    ...resourceStatus(input, wholePod, true),
    ...(initStatuses.length > 0 && { initContainerStatuses: initStatuses }),
    containerStatuses: of(['app']),
    ...(ephemeralStatuses.length > 0 && { ephemeralContainerStatuses: ephemeralStatuses }),
  };
}

/** A pod that has ended stays ended; an evicted one has failed. */
function finalPhase({ pod, eviction }: StatusInput, computed: string): string {
  const { phase } = pod.status ?? {};
  if (phase !== undefined && isTerminalPhase(phase)) return phase;
  return eviction ? 'Failed' : computed;
}

function previousReason(pod: ReadonlyPod): { reason?: string; message?: string } {
  const { reason, message } = pod.status ?? {};
  return { ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) };
}

function addresses({ pod, observed, hostIps }: StatusInput): readonly string[] {
  const [sandbox] = observed.sandboxes;
  if (pod.spec?.hostNetwork === true) return sandbox || pod.status?.podIP !== undefined ? hostIps : [];
  if (sandbox && sandbox.ips.length > 0) return sandbox.ips;
  return (pod.status?.podIPs ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
}

function containerStatus(input: StatusInput, spec: ContainerSpec): ContainerStatus {
  const { container } = spec;
  const all = instances(input, container.name);
  const [current] = all;
  const reported = reportedStatus(input.pod, container.name);
  // The runtime has forgotten a container of a pod that is over: what was reported of it stays true.
  if (!current && reported?.state?.terminated && isTerminalPhase(input.pod.status?.phase))
    return structuredClone(reported) as ContainerStatus;
  if (reported && isBeingReplaced(input, container.name, current))
    return structuredClone(reported) as ContainerStatus;
  const state = currentState(input, spec, current);
  const isPast = current !== undefined && current.state === 'Exited' && state.terminated === undefined;
  const last = isPast ? current : all.slice(1).find((run) => run.state === 'Exited');
  const carried = current === undefined ? carriedOver(input.pod, container.name) : undefined;
  const lastState = last ? { terminated: terminated(last) } : (carried?.lastState ?? {});
  const probe = current?.state === 'Running' ? input.probe(current.id) : undefined;
  const started = current?.state === 'Running' && (spec.role === 'init' || (probe?.started ?? false));
  const isReady =
    spec.role === 'init'
      ? state.terminated?.exitCode === 0
      : state.running !== undefined && started && (probe?.ready ?? false) && !isEnding(input);
  return {
    name: container.name,
    state,
    lastState,
    ready: isReady,
    started: spec.role === 'init' ? false : started,
    restartCount: current?.restartCount ?? carried?.restartCount ?? 0,
    image: current?.image ?? container.image ?? '',
    imageID: current?.imageRef ?? '',
    ...(current && { containerID: `containerd://${current.id}` }),
    ...resourceStatus(input, container.name, current?.state === 'Running'),
  };
}

/**
 * The instances of a container that are told of, newest first. One that was created and neither runs yet nor has
 * failed to is not: creating and starting are one step of the kubelet, as in Kubernetes, and a higher restart count
 * says that the container runs again.
 */
function instances({ observed, waiting }: StatusInput, name: string): readonly ObservedContainer[] {
  return observed.containers.filter(
    (run) => run.name === name && (run.state !== 'Created' || waiting.has(name)),
  );
}

/** Between the end of an instance that was killed to be started anew and the next, the end is not told of either. */
function isBeingReplaced(
  { replaced, waiting }: StatusInput,
  name: string,
  current: ObservedContainer | undefined,
): boolean {
  const id = replaced(name);
  return id !== undefined && !waiting.has(name) && current?.state === 'Exited' && current.id === id;
}

function resourceStatus(
  { resources }: StatusInput,
  name: string,
  isRunning: boolean,
): Pick<ContainerStatus, 'resources' | 'allocatedResources'> {
  const known = resources(name);
  if (!known) return {};
  const { requests } = known.allocated;
  const shown = structuredClone(isRunning ? known.actual : known.allocated) as ResourceRequirements;
  // Also when there are none: a new agent finds here what the container has.
  return { ...(requests && { allocatedResources: { ...requests } }), resources: shown };
}

/** A pod on its way out is never ready, whatever its probes say. */
function isEnding({ pod, ended }: StatusInput): boolean {
  return ended || isTerminalPhase(pod.status?.phase);
}

/** What was last reported of a container that the runtime does not know (any more). */
function carriedOver(
  pod: ReadonlyPod,
  name: string,
): { lastState?: ContainerState; restartCount: number } | undefined {
  const status = reportedStatus(pod, name);
  if (!status || !hasRun(status)) return undefined;
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  return { restartCount: status.restartCount, ...(ended && { lastState: { terminated: { ...ended } } }) };
}

/** Whether a reported status is of a container that was there once, even if the runtime has lost it since. */
export function hasRun(status: DeepReadonly<ContainerStatus>): boolean {
  const { containerID, restartCount, lastState } = status;
  return containerID !== undefined || restartCount > 0 || lastState?.terminated !== undefined;
}

/** What was last reported of a container, of whatever role. */
export function reportedStatus(pod: ReadonlyPod, name: string): DeepReadonly<ContainerStatus> | undefined {
  const {
    containerStatuses = [],
    initContainerStatuses = [],
    ephemeralContainerStatuses = [],
  } = pod.status ?? {};
  const statuses = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  return statuses.find((candidate) => candidate.name === name);
}

function currentState(
  input: StatusInput,
  spec: ContainerSpec,
  current: ObservedContainer | undefined,
): ContainerState {
  const hasInit = (input.pod.spec?.initContainers?.length ?? 0) > 0;
  const fallback: Waiting = { reason: hasInit ? 'PodInitializing' : 'ContainerCreating', message: '' };
  const waiting = input.waiting.get(spec.container.name);
  if (current?.state === 'Running') return { running: { startedAt: rfc3339(nsToMs(current.startedAtNs)) } };
  const mayStart = !input.ended && !isTerminalPhase(input.pod.status?.phase);
  if (current?.state === 'Exited') {
    const again = mayStart && waiting !== undefined && willRestart(input, spec, current);
    return again ? { waiting: wire(waiting) } : { terminated: terminated(current) };
  }
  if (current?.state === 'Unknown' || (current === undefined && !mayStart && wasRunning(input.pod, spec))) {
    return { terminated: { reason: 'ContainerStatusUnknown', message: lostMessage, exitCode: 137 } };
  }
  return { waiting: wire((mayStart && waiting) || fallback) };
}

const lostMessage = 'The container could not be located when the pod was terminated';

function wasRunning(pod: ReadonlyPod, { container }: ContainerSpec): boolean {
  return reportedStatus(pod, container.name)?.containerID !== undefined;
}

function willRestart({ pod }: StatusInput, { role }: ContainerSpec, last: ObservedContainer): boolean {
  const policy = restartPolicyOf(pod, role);
  return policy === 'Always' || (policy === 'OnFailure' && last.exitCode !== 0);
}

function wire({ reason, message }: Waiting): { reason: string; message?: string } {
  return { reason, ...(message !== '' && { message }) };
}

function terminated(container: ObservedContainer): NonNullable<ContainerState['terminated']> {
  const startedMs = nsToMs(container.startedAtNs);
  const reason = container.reason || (container.exitCode === 0 ? 'Completed' : 'Error');
  return {
    exitCode: container.exitCode,
    reason,
    ...(container.message !== '' && { message: container.message }),
    // A container that never ran has time zero, which is how Kubernetes shows it: 1970-01-01.
    startedAt: rfc3339(startedMs),
    finishedAt: rfc3339(nsToMs(container.finishedAtNs)),
    containerID: `containerd://${container.id}`,
  };
}

type Statuses = ReadonlyMap<string, ContainerStatus>;

/** The kubelet's own conditions, and that the pod was scheduled, which is so once it is here. */
function conditions(input: StatusInput, phase: string, statuses: Statuses): PodCondition[] {
  const { pod, nowMs } = input;
  const old = pod.status?.conditions ?? [];
  const observedGeneration = pod.metadata?.generation ?? 1;
  return [
    sandboxCondition(input),
    initializedCondition(pod, phase, statuses),
    readyCondition(pod, phase, statuses),
    containersReadyCondition(pod, phase, statuses),
    { type: 'PodScheduled', status: 'True' },
    ...input.resizeConditions,
    ...evictedCondition(input),
  ].map((condition): PodCondition => {
    const before = old.find(({ type }) => type === condition.type);
    const isSame = before?.status === condition.status;
    const lastTransitionTime = (isSame ? before?.lastTransitionTime : undefined) ?? rfc3339(nowMs);
    return { observedGeneration, ...condition, lastTransitionTime };
  });
}

interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

function sandboxCondition({ observed, pod }: StatusInput): Condition {
  const [sandbox] = observed.sandboxes;
  const isReady = sandbox?.state === 'Ready' && (pod.spec?.hostNetwork === true || sandbox.ips.length > 0);
  return { type: 'PodReadyToStartContainers', status: isReady ? 'True' : 'False' };
}

/** What controllers and budgets go by. */
function evictedCondition({ eviction }: StatusInput): Condition[] {
  if (eviction?.reason !== evictedReason) return [];
  const { message } = eviction;
  return [{ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message }];
}

function initializedCondition(pod: ReadonlyPod, phase: string, statuses: Statuses): Condition {
  const type = 'Initialized';
  const open = containerSpecs(pod).filter(({ role, container }) => {
    const status = statuses.get(container.name);
    return role === 'init' ? !status?.ready : role === 'sidecar' ? !status?.started : false;
  });
  const hasBegun = containerSpecs(pod).some(
    ({ role, container }) => role === 'app' && statuses.get(container.name)?.containerID !== undefined,
  );
  if (open.length === 0 || (hasBegun && phase !== 'Failed')) {
    return { type, status: 'True', ...(phase === 'Succeeded' && { reason: 'PodCompleted' }) };
  }
  const names = open.map(({ container }) => container.name).join(' ');
  return {
    type,
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${names}]`,
  };
}

function containersReadyCondition(pod: ReadonlyPod, phase: string, statuses: Statuses): Condition {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const unready = containerSpecs(pod)
    .filter(({ role, container }) => role !== 'init' && !statuses.get(container.name)?.ready)
    .map(({ container }) => container.name);
  if (unready.length === 0) return { type, status: 'True' };
  const message = `containers with unready status: [${unready.join(' ')}]`;
  return { type, status: 'False', reason: 'ContainersNotReady', message };
}

function readyCondition(pod: ReadonlyPod, phase: string, statuses: Statuses): Condition {
  const containers = containersReadyCondition(pod, phase, statuses);
  if (containers.status === 'False') return { ...containers, type: 'Ready' };
  const gates = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (!condition) return `corresponding condition of pod readiness gate "${conditionType}" does not exist.`;
    return condition.status === 'True'
      ? []
      : `the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`;
  });
  if (gates.length === 0) return { type: 'Ready', status: 'True' };
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: gates.join(', ') };
}
