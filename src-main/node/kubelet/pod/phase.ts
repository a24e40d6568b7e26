import type { ContainerStatus } from '@shared/kinds/wire.ts';
import { containerSpecs, type ReadonlyPod } from './spec.ts';

/** How the containers of a pod fare, counted. */
interface Tally {
  initPending: boolean;
  initFailed: boolean;
  waiting: number;
  running: number;
  stopped: number;
  succeeded: number;
}

/**
 * The phase that follows from the containers' states.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
 */
export function podPhase(
  pod: ReadonlyPod,
  statuses: ReadonlyMap<string, ContainerStatus>,
  ended: boolean,
): string {
  const tally = count(pod, statuses);
  const policy = pod.spec?.restartPolicy ?? 'Always';
  if (tally.initFailed && (policy === 'Never' || ended)) return 'Failed';
  if (ended) return endPhase(tally);
  if (tally.initPending || tally.initFailed || tally.waiting > 0) return 'Pending';
  if (tally.running > 0) return 'Running';
  if (tally.stopped === 0) return 'Pending';
  if (policy === 'Always') return 'Running';
  if (tally.stopped === tally.succeeded) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

function endPhase(tally: Tally): string {
  if (tally.initPending) return 'Failed';
  return tally.stopped > 0 && tally.stopped === tally.succeeded && tally.waiting === 0
    ? 'Succeeded'
    : 'Failed';
}

function count(pod: ReadonlyPod, statuses: ReadonlyMap<string, ContainerStatus>): Tally {
  const tally: Tally = {
    initPending: false,
    initFailed: false,
    waiting: 0,
    running: 0,
    stopped: 0,
    succeeded: 0,
  };
  const specs = containerSpecs(pod);
  const begun = specs.some(
    ({ role, container }) => role === 'app' && statuses.get(container.name)?.containerID !== undefined,
  );
  for (const { role, container } of specs) {
    const status = statuses.get(container.name);
    if (role === 'app') countApp(tally, status);
    else if (!begun && role === 'init') countInit(tally, status);
    else if (!begun && role === 'sidecar' && !status?.started) tally.initPending = true;
  }
  return tally;
}

function countInit(tally: Tally, status: ContainerStatus | undefined): void {
  const ended = status?.state?.terminated ?? status?.lastState?.terminated;
  if (ended === undefined || status?.state?.running) tally.initPending = true;
  else if (ended.exitCode !== 0) tally.initFailed = true;
}

function countApp(tally: Tally, status: ContainerStatus | undefined): void {
  if (status?.state?.running) tally.running += 1;
  else if (status?.state?.terminated) {
    tally.stopped += 1;
    if (status.state.terminated.exitCode === 0) tally.succeeded += 1;
  } else if (status?.lastState?.terminated) tally.stopped += 1;
  else tally.waiting += 1;
}
