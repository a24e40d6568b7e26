import type { PodSandboxStatus, RuntimeContainerStatus } from '../runtime.ts';
import { containerNameLabel, hashAnnotation, numericAnnotation, restartCountAnnotation } from './labels.ts';

/** One instance of a container, as the runtime tells it. */
export interface ObservedContainer extends RuntimeContainerStatus {
  readonly sandboxId: string;
  /** Name of the container in the pod's spec. */
  readonly name: string;
  readonly hash: string;
  readonly restartCount: number;
}

/** Everything the runtime knows about one pod. Newest first, both lists. */
export interface ObservedPod {
  readonly uid: string;
  readonly sandboxes: readonly PodSandboxStatus[];
  readonly containers: readonly ObservedContainer[];
}

export function observePod(
  uid: string,
  sandboxes: readonly PodSandboxStatus[],
  containers: readonly (RuntimeContainerStatus & { readonly sandboxId: string })[],
): ObservedPod {
  return {
    uid,
    sandboxes: sandboxes.toSorted((a, b) => newestFirst(a, b) || b.metadata.attempt - a.metadata.attempt),
    containers: containers
      .map((container) => ({
        ...container,
        name: container.labels[containerNameLabel] ?? container.metadata.name,
        hash: container.annotations[hashAnnotation] ?? '',
        restartCount:
          numericAnnotation(container.annotations, restartCountAnnotation) ?? container.metadata.attempt,
      }))
      .toSorted((a, b) => b.restartCount - a.restartCount || newestFirst(a, b)),
  };
}

/** The newest instance of a container, in any sandbox or in the given one. */
export function newest(
  observed: ObservedPod,
  name: string,
  sandboxId?: string,
): ObservedContainer | undefined {
  return observed.containers.find(
    (container) => container.name === name && (sandboxId === undefined || container.sandboxId === sandboxId),
  );
}

/** Containers that still take up room: not yet exited. */
export function alive(observed: ObservedPod): readonly ObservedContainer[] {
  return observed.containers.filter(({ state }) => state === 'Running' || state === 'Unknown');
}

export function nsToMs(ns: bigint): number {
  return Number(ns / 1_000_000n);
}

function newestFirst(a: { createdAtNs: bigint }, b: { createdAtNs: bigint }): number {
  return a.createdAtNs > b.createdAtNs ? -1 : a.createdAtNs < b.createdAtNs ? 1 : 0;
}
