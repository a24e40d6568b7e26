import type { ResizeStep } from '@shared/kinds/core/pod/pod-resize.ts';
import { parseTime } from '@shared/lib/time.ts';
import { containerHash } from './labels.ts';
import { alive, newest, nsToMs, type ObservedContainer, type ObservedPod } from './observed.ts';
import { goDuration } from './restart-backoff.ts';
import {
  type ContainerSpec,
  containerSpecs,
  ephemeralSpecs,
  isTerminalPhase,
  podText,
  type ReadonlyContainer,
  type ReadonlyPod,
  restartPolicyOf,
} from './spec.ts';

/** Why a container waits, as its status says. */
export interface Waiting {
  readonly reason: string;
  readonly message: string;
}

/** What the prober has found out about one running container. */
export interface ProbeResult {
  readonly started: boolean;
  readonly ready: boolean;
  /** The probe whose failures have crossed its threshold. */
  readonly failed?: 'liveness' | 'startup';
}

/** What the kubelet remembers about a pod beside what the runtime knows. */
export interface PodMemory {
  probe(containerId: string): ProbeResult | undefined;
  /** Restart back-off of a container whose last run ended at `sinceMs`. */
  backoff(
    container: ReadonlyContainer,
    sinceMs: number,
    nowMs: number,
  ): { untilMs: number; delayMs: number } | undefined;
  /** Do not try to create the sandbox, or to start the container, before this time. */
  retryAtMs(subject: string): number | undefined;
  /** Id of the last instance of a container that was killed to be started anew. */
  replaced(container: string): string | undefined;
  /** What a running container lacks of the resources it is to have. */
  resize(container: ReadonlyContainer): ResizeStep;
  /** A reason to end the pod for good, e.g. an exceeded deadline. */
  readonly eviction?: { readonly reason: string; readonly message: string };
}

/** `sandbox`: key of `retryAtMs` for the pod's sandbox; containers go by their names. */
export const sandboxSubject = 'sandbox';

export interface KillContainer {
  readonly id: string;
  readonly name: string;
  /** Text of the `Killing` event. */
  readonly message: string;
  readonly cause: 'probe' | 'changed' | 'resize' | 'unknown';
  /** It is killed to be started anew, whatever the pod's policy says of containers that have ended. */
  readonly restart: boolean;
}

/**
 * What should happen next to a pod. `run`: it lives on; sandbox first, then kills, then starts, in the given
 * order. `terminate`: everything is stopped, nothing starts any more. `settled`: ended, nothing left to do.
 */
export type PodPlan =
  | {
      readonly type: 'run';
      readonly stopSandboxes: readonly string[];
      /** Attempt number of the sandbox to create; undefined: the present one serves. */
      readonly createSandbox: number | undefined;
      readonly kill: readonly KillContainer[];
      readonly start: readonly ContainerSpec[];
      readonly waiting: ReadonlyMap<string, Waiting>;
      readonly wakeAtMs: number | undefined;
    }
  | { readonly type: 'terminate'; readonly reason: 'deleted' | 'completed' | 'evicted' }
  | { readonly type: 'settled' };

interface Input {
  readonly pod: ReadonlyPod;
  readonly observed: ObservedPod;
  readonly memory: PodMemory;
  readonly nowMs: number;
}

/** Decides, from what is wanted and what is there, what to do now. Pure. */
export function planPod(pod: ReadonlyPod, observed: ObservedPod, memory: PodMemory, nowMs: number): PodPlan {
  const input = { pod, observed, memory, nowMs };
  if (pod.metadata?.deletionTimestamp !== undefined) return ending(input, 'deleted');
  if (memory.eviction || deadlineMs(pod) <= nowMs) return ending(input, 'evicted');
  if (isTerminalPhase(pod.status?.phase)) return ending(input, 'completed');
  const sandbox = currentSandbox(input);
  return sandbox ? planContainers(input, sandbox) : planSandbox(input);
}

/** When spec.activeDeadlineSeconds runs out; infinity when it never does. */
export function deadlineMs(pod: ReadonlyPod): number {
  const seconds = pod.spec?.activeDeadlineSeconds;
  const startedMs = parseTime(pod.status?.startTime ?? '');
  return seconds === undefined || startedMs === undefined
    ? Number.POSITIVE_INFINITY
    : startedMs + seconds * 1000;
}

function ending({ observed }: Input, reason: 'deleted' | 'completed' | 'evicted'): PodPlan {
  const busy = alive(observed).length > 0 || observed.sandboxes.some(({ state }) => state === 'Ready');
  return busy ? { type: 'terminate', reason } : { type: 'settled' };
}

/** The sandbox that serves the pod: the newest, when it is ready, has its address and is the only one. */
function currentSandbox({ pod, observed }: Input): string | undefined {
  const [sandbox, ...others] = observed.sandboxes;
  if (sandbox?.state !== 'Ready' || others.some(({ state }) => state === 'Ready')) return undefined;
  if (pod.spec?.hostNetwork !== true && sandbox.ips.length === 0) return undefined;
  return sandbox.id;
}

function planSandbox(input: Input): PodPlan {
  const { pod, observed, memory, nowMs } = input;
  const [last] = observed.sandboxes;
  const specs = containerSpecs(pod);
  const apps = specs.filter(({ role }) => role === 'app');
  const started = observed.containers.length > 0;
  const finished = apps.every((spec) => isFinished(input, spec));
  if (last && started && (finished || pod.spec?.restartPolicy === 'Never')) return ending(input, 'completed');

  const stopSandboxes = observed.sandboxes.filter(({ state }) => state === 'Ready').map(({ id }) => id);
  const retryAtMs = memory.retryAtMs(sandboxSubject) ?? 0;
  const idle = { type: 'run', stopSandboxes, createSandbox: undefined, kill: [], start: [] } as const;
  if (retryAtMs > nowMs) return { ...idle, waiting: new Map(), wakeAtMs: retryAtMs };
  const init = specs.filter(({ role }) => role !== 'app');
  // In a new sandbox everything begins anew, the init containers one by one.
  const first = init.length > 0 ? init.slice(0, 1) : apps.filter((spec) => !isFinished(input, spec));
  const { ready, waiting, wakeAtMs } = heldBack(input, first);
  return {
    ...idle,
    createSandbox: last ? last.metadata.attempt + 1 : 0,
    start: ready,
    waiting,
    wakeAtMs,
  };
}

/** Has run to its end and is not to run again. */
function isFinished({ pod, observed, memory }: Input, { role, container }: ContainerSpec): boolean {
  const last = newest(observed, container.name);
  if (last?.state !== 'Exited' || memory.replaced(container.name) === last.id) return false;
  const policy = restartPolicyOf(pod, role);
  return policy === 'Never' || (policy === 'OnFailure' && last.exitCode === 0);
}

function planContainers(input: Input, sandboxId: string): PodPlan {
  const { pod, memory, nowMs } = input;
  const specs = containerSpecs(pod);
  const initial = specs.filter(({ role }) => role !== 'app');
  const apps = specs.filter(({ role }) => role === 'app');
  const initialized =
    apps.some(({ container }) => newest(input.observed, container.name, sandboxId) !== undefined) ||
    initial.length === 0;
  const phase = initialized ? undefined : initSteps(input, initial, sandboxId);
  if (phase === 'failed') return ending(input, 'completed');

  const wanted =
    phase === undefined || phase === 'done' ? specs.filter(({ role }) => role !== 'init') : phase;
  const judged = wanted.map((spec) => ({ spec, verdict: judge(input, spec, sandboxId) }));
  const appsDone = apps.every(
    (spec) => isFinished(input, spec) && newest(input.observed, spec.container.name, sandboxId),
  );
  if ((phase === undefined || phase === 'done') && appsDone) return ending(input, 'completed');

  const kill = judged.flatMap(({ verdict }) => (verdict.kill ? [verdict.kill] : []));
  const { ready, waiting, wakeAtMs } = heldBack(input, [
    ...judged.filter(({ verdict }) => verdict.start).map(({ spec }) => spec),
    ...newEphemeral(input),
  ]);
  const retryAtMs = memory.retryAtMs(sandboxSubject) ?? 0;
  const wakes = [wakeAtMs ?? 0, retryAtMs, deadlineMs(pod)].filter((at) => at > nowMs);
  const earliest = Math.min(...wakes);
  return {
    type: 'run',
    stopSandboxes: [],
    createSandbox: undefined,
    kill,
    // What all containers need, volumes above all, has failed a moment ago.
    start: retryAtMs > nowMs ? [] : ready,
    waiting,
    wakeAtMs: Number.isFinite(earliest) ? earliest : undefined,
  };
}

/**
 * The init containers and sidecars to look after now: those passed already that must keep running, and the
 * next one. `done`: all are through; `failed`: one failed and may not run again.
 */
function initSteps(
  input: Input,
  initial: readonly ContainerSpec[],
  sandboxId: string,
): readonly ContainerSpec[] | 'done' | 'failed' {
  const steps: ContainerSpec[] = [];
  for (const spec of initial) {
    const status = newest(input.observed, spec.container.name, sandboxId);
    if (spec.role === 'sidecar') {
      steps.push(spec);
      const started = status?.state === 'Running' && (input.memory.probe(status.id)?.started ?? false);
      if (!started) return steps;
      continue;
    }
    if (status?.state === 'Exited' && status.exitCode === 0) continue;
    if (status?.state === 'Exited' && restartPolicyOf(input.pod, 'init') === 'Never') return 'failed';
    steps.push(spec);
    return steps;
  }
  return 'done';
}

/** Ephemeral containers that never ran. */
function newEphemeral({ pod, observed }: Input): readonly ContainerSpec[] {
  return ephemeralSpecs(pod).filter(({ container }) => newest(observed, container.name) === undefined);
}

interface Verdict {
  readonly start: boolean;
  readonly kill?: KillContainer;
}

function judge(input: Input, spec: ContainerSpec, sandboxId: string): Verdict {
  const { pod, observed, memory } = input;
  const { container } = spec;
  const status = newest(observed, container.name, sandboxId);
  // What an init container did for an earlier sandbox it must do again for this one.
  if (!status) return { start: spec.role === 'init' || !isFinished(input, spec) };
  if (status.state !== 'Running') return judgeStopped(input, spec, status);
  const restart = restartPolicyOf(pod, spec.role) !== 'Never';
  const killed = (text: string, cause: KillContainer['cause'], again: boolean): Verdict => {
    const message = again
      ? `Container ${container.name} ${text}, will be restarted`
      : `Container ${container.name} ${text}`;
    return { start: false, kill: { id: status.id, name: container.name, message, cause, restart: again } };
  };
  if (status.hash !== '' && status.hash !== containerHash(container))
    return killed('definition changed', 'changed', true);
  if (memory.resize(container) === 'restart') {
    const message = `Container ${container.name} resize requires restart`;
    const kill = { id: status.id, name: container.name, message, cause: 'resize', restart: true } as const;
    return { start: false, kill };
  }
  const failed = spec.role === 'init' ? undefined : memory.probe(status.id)?.failed;
  return failed ? killed(`failed ${failed} probe`, 'probe', restart) : { start: false };
}

function judgeStopped(input: Input, spec: ContainerSpec, status: ObservedContainer): Verdict {
  if (status.state === 'Unknown') {
    const { name } = spec.container;
    const message = `Container ${name} is in unknown state, try killing it before restart`;
    return { start: false, kill: { id: status.id, name, message, cause: 'unknown', restart: true } };
  }
  if (status.state === 'Created') return { start: true };
  return { start: !isFinished(input, spec) };
}

/** Parts those that may start now from those whose back-off, or whose pause after a failure, is not over. */
function heldBack(
  { pod, observed, memory, nowMs }: Input,
  specs: readonly ContainerSpec[],
): { ready: readonly ContainerSpec[]; waiting: ReadonlyMap<string, Waiting>; wakeAtMs: number | undefined } {
  const ready: ContainerSpec[] = [];
  const waiting = new Map<string, Waiting>();
  let wakeAtMs: number | undefined;
  for (const spec of specs) {
    const { name } = spec.container;
    const last = newest(observed, name);
    const backoff =
      last?.state === 'Exited' ? memory.backoff(spec.container, nsToMs(last.finishedAtNs), nowMs) : undefined;
    const retryAtMs = memory.retryAtMs(name) ?? 0;
    if (backoff) waiting.set(name, crashLoop(pod, name, backoff.delayMs));
    const untilMs = Math.max(backoff?.untilMs ?? 0, retryAtMs);
    if (untilMs > nowMs) wakeAtMs = Math.min(wakeAtMs ?? untilMs, untilMs);
    else ready.push(spec);
  }
  return { ready, waiting, wakeAtMs };
}

function crashLoop(pod: ReadonlyPod, container: string, delayMs: number): Waiting {
  const message = `back-off ${goDuration(delayMs)} restarting failed container=${container} pod=${podText(pod)}`;
  return { reason: 'CrashLoopBackOff', message };
}
