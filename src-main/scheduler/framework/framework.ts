import type { Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { NodeInfo } from './node-info.ts';

export type ReadonlyPod = DeepReadonly<Pod>;

/**
 * The answer of a filter. `retry: false` means that no change to other pods can help (the Kubernetes status
 * UnschedulableAndUnresolvable), so that preemption need not look at the node.
 */
export type FilterResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reasons: readonly string[]; readonly retry: boolean };

export const passed: FilterResult = { ok: true };

/** A rejection that only a change of the node itself, or of the pod, can lift. */
export function unresolvable(reason: string): FilterResult {
  return { ok: false, reasons: [reason], retry: false };
}

/** A rejection that is lifted when other pods leave the node. */
export function rejected(...reasons: string[]): FilterResult {
  return { ok: false, reasons, retry: true };
}

/** Scratch space of one scheduling cycle: what a plugin worked out once for all nodes, under a key of its own. */
export type CycleState = Map<string, unknown>;

/** Things that happened in the cluster and may make a rejected pod fit. */
export type ClusterEvent = 'NodeAdded' | 'NodeChanged' | 'PodDeleted' | 'PodChanged';

/**
 * One piece of scheduling policy. A plugin takes part in every extension point whose function it has; all are
 * pure apart from `bind`, which is the only one that speaks to the API server.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/scheduling-framework/
 */
export interface Plugin {
  /** As in Kubernetes, e.g. `NodeResourcesFit`. */
  readonly name: string;
  /** Queue sort (exactly one plugin of a profile): negative when `a` is to be scheduled before `b`. */
  readonly compare?: (a: QueuedPod, b: QueuedPod) => number;
  /** Before the pod enters the queue: a reason keeps it out. */
  readonly preEnqueue?: (pod: ReadonlyPod) => string | undefined;
  /** Works out what depends on the pod alone; a rejection ends the cycle for all nodes. */
  readonly preFilter?: (state: CycleState, pod: ReadonlyPod) => FilterResult;
  readonly filter?: (state: CycleState, pod: ReadonlyPod, node: NodeInfo) => FilterResult;
  /** Runs when no node passed; may name a node that will be free (preemption). */
  readonly postFilter?: (
    state: CycleState,
    pod: ReadonlyPod,
    rejections: ReadonlyMap<string, FilterResult>,
  ) => { readonly nominatedNode?: string; readonly message?: string };
  readonly preScore?: (state: CycleState, pod: ReadonlyPod, nodes: readonly NodeInfo[]) => void;
  /** 0 to 100, higher is better. Scores of all nodes are handed to `normalize` where it exists. */
  readonly score?: (state: CycleState, pod: ReadonlyPod, node: NodeInfo) => number;
  /** Maps raw scores (in node order) to 0 to 100. */
  readonly normalize?: (scores: readonly number[]) => readonly number[];
  readonly reserve?: (state: CycleState, pod: ReadonlyPod, node: string) => void;
  readonly unreserve?: (state: CycleState, pod: ReadonlyPod, node: string) => void;
  /** Milliseconds to wait before binding; 0 or absent: none. */
  readonly permit?: (state: CycleState, pod: ReadonlyPod, node: string) => number;
  readonly preBind?: (state: CycleState, pod: ReadonlyPod, node: string) => Promise<void>;
  readonly bind?: (pod: ReadonlyPod, node: string) => Promise<void>;
  /** What may lift this plugin's rejections; a pod it rejected sleeps until then. */
  readonly liftedBy?: readonly ClusterEvent[];
}

/** A pod in the scheduling queue. */
export interface QueuedPod {
  readonly pod: ReadonlyPod;
  /** Milliseconds since the epoch when it first entered the queue. */
  readonly queuedAtMs: number;
  readonly attempts: number;
}

/** Plugins in the order they are asked, with the weight of each one's score. */
export interface Profile {
  readonly schedulerName: string;
  readonly plugins: readonly Plugin[];
  /** By plugin name; absent means 1. */
  readonly weights: Readonly<Record<string, number>>;
}
