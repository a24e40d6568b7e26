import {
  isSame,
  type PodResources,
  type Refusal,
  type ResizeStep,
  type Resources,
  refusalOf,
  resizeStep,
  wishes,
  withResources,
} from '@shared/kinds/core/pod/pod-resize.ts';
import type { PodCondition } from '@shared/kinds/wire.ts';
import type { KubeletContext } from './context.ts';
import { newest, type ObservedPod } from './observed.ts';
import { changedSettings, resizeText } from './resize.ts';
import { findContainer, type ReadonlyContainer, type ReadonlyPod, uidOf } from './spec.ts';
import { reportedStatus } from './status.ts';

const retryMs = 10_000;

type Parts = Pick<KubeletContext, 'allocations' | 'runtime' | 'clock' | 'node' | 'report'>;

export interface Actuation {
  readonly observed: ObservedPod;
  /** Id of the last instance of a container that was killed to be started anew. */
  replaced(container: string): string | undefined;
  /** Told when anything came of it. */
  onDone(): void;
}

/**
 * The resources of one pod's containers on their way from what is asked for (the spec) over what the node has
 * promised (allocated) to what the containers have (actual). What is promised and had is remembered in the pod's
 * status: a new agent begins with what that says.
 * https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
 */
export class PodResize {
  readonly #parts: Parts;
  #allocated: PodResources;
  readonly #actual: Map<string, Resources>;
  #pending: (Refusal & { readonly generation: number }) | undefined;
  #inProgress: { readonly generation: number; readonly error?: string } | undefined;
  #updating: Promise<void> | undefined;
  #retryAtMs = 0;

  constructor(parts: Parts, pod: ReadonlyPod) {
    this.#parts = parts;
    this.#allocated = new Map(
      [...wishes(pod)].map(([name, wish]) => [name, reportedStatus(pod, name)?.resources ?? wish]),
    );
    this.#actual = new Map(this.#allocated);
    parts.allocations.set(this.apply(pod));
  }

  /** The pod as it is to run: with what it has been promised. */
  apply(pod: ReadonlyPod): ReadonlyPod {
    return withResources(pod, this.#allocated);
  }

  /** Grants what `pod`, as the API has it, asks for, or notes why not. */
  consider(pod: ReadonlyPod): void {
    const wanted = wishes(pod);
    if ([...wanted].every(([name, wish]) => isSame(wish, this.#allocated.get(name) ?? wish))) {
      this.#pending = undefined;
      return;
    }
    const { allocations, node, report } = this.#parts;
    const generation = pod.metadata?.generation ?? 1;
    const refusal = refusalOf(pod, allocations.ofOthers(uidOf(pod)), node.allocatable);
    if (!refusal) {
      this.#allocated = wanted;
      this.#pending = undefined;
      this.#inProgress = { generation };
      this.#retryAtMs = 0;
      allocations.set(pod);
      const message = resizeText('started', pod, { generation });
      report(pod, { type: 'Normal', reason: 'ResizeStarted', message });
      return;
    }
    const isNews = this.#pending?.reason !== refusal.reason || this.#pending.generation !== generation;
    this.#pending = { ...refusal, generation };
    if (!isNews) return;
    const message = resizeText(refusal.reason, pod, { generation, error: refusal.message });
    report(pod, { type: 'Warning', reason: `Resize${refusal.reason}`, message });
  }

  /** Waits for room. */
  get isDeferred(): boolean {
    return this.#pending?.reason === 'Deferred';
  }

  /** What a running container still lacks. */
  step(container: ReadonlyContainer): ResizeStep {
    const actual = this.#actual.get(container.name);
    return actual ? resizeStep(container, actual) : 'none';
  }

  /** A container was started anew, with these resources. */
  started({ name, resources = {} }: ReadonlyContainer): void {
    if (this.#actual.has(name)) this.#actual.set(name, resources);
  }

  /**
   * Gives running containers what they lack, where that takes no restart. Returns when to look again, if that is
   * known.
   */
  actuate(pod: ReadonlyPod, { observed, replaced, onDone }: Actuation): number | undefined {
    const lacking = [...this.#allocated.keys()].flatMap((name) => {
      const container = findContainer(pod, name)?.container;
      const instance = newest(observed, name);
      const isAlive = instance?.state === 'Running' || (instance && replaced(name) === instance.id);
      return container && isAlive && this.step(container) !== 'none' ? [{ container, id: instance.id }] : [];
    });
    if (lacking.length === 0) {
      this.#complete(pod);
      return undefined;
    }
    if (this.#retryAtMs > this.#parts.clock.now()) return this.#retryAtMs;
    const updates = lacking.filter(
      ({ container, id }) => this.step(container) === 'update' && replaced(container.name) !== id,
    );
    if (updates.length > 0)
      this.#updating ??= this.#update(pod, updates).finally(() => {
        this.#updating = undefined;
        onDone();
      });
    return undefined;
  }

  async settled(): Promise<void> {
    await this.#updating;
  }

  /** What a container's status says of its resources. */
  resources(name: string): { allocated: Resources; actual: Resources } | undefined {
    const allocated = this.#allocated.get(name);
    const actual = this.#actual.get(name);
    return allocated && actual && { allocated, actual };
  }

  /** Without their times. */
  conditions(): PodCondition[] {
    const pending = this.#pending;
    const progress = this.#inProgress;
    return [
      ...(pending
        ? [
            {
              type: 'PodResizePending',
              status: 'True',
              reason: pending.reason,
              message: pending.message,
              observedGeneration: pending.generation,
            },
          ]
        : []),
      ...(progress
        ? [
            {
              type: 'PodResizeInProgress',
              status: 'True',
              ...(progress.error !== undefined && { reason: 'Error', message: progress.error }),
              observedGeneration: progress.generation,
            },
          ]
        : []),
    ];
  }

  async #update(
    pod: ReadonlyPod,
    updates: readonly { container: ReadonlyContainer; id: string }[],
  ): Promise<void> {
    try {
      for (const { container, id } of updates) {
        const actual = this.#actual.get(container.name) ?? {};
        const settings = changedSettings(pod, container, actual);
        await this.#refuseBelowUsage(container.name, id, settings.memoryLimitBytes);
        await this.#parts.runtime.updateContainerResources(id, settings);
        this.#actual.set(container.name, container.resources ?? {});
      }
    } catch (error) {
      this.#fail(pod, error instanceof Error ? error.message : String(error));
    }
  }

  /** A limit below what is in use would have the kernel kill the container rather than shrink it. */
  async #refuseBelowUsage(name: string, id: string, limitBytes: number | undefined): Promise<void> {
    if (limitBytes === undefined || limitBytes < 0) return;
    const stats = await this.#parts.runtime.listContainerStats();
    const usedBytes = stats.find((one) => one.id === id)?.memoryWorkingSetBytes ?? 0;
    if (usedBytes > limitBytes)
      throw new Error(
        `cannot decrease memory limits: attempting to set container ${JSON.stringify(name)} memory limit (${limitBytes}) below current usage (${usedBytes})`,
      );
  }

  #fail(pod: ReadonlyPod, error: string): void {
    this.#retryAtMs = this.#parts.clock.now() + retryMs;
    const before = this.#inProgress;
    const generation = before?.generation ?? pod.metadata?.generation ?? 1;
    this.#inProgress = { generation, error };
    if (before?.error !== undefined) return;
    const message = resizeText('error', pod, { generation, error });
    this.#parts.report(pod, { type: 'Warning', reason: 'ResizeError', message });
  }

  #complete(pod: ReadonlyPod): void {
    if (!this.#inProgress) return;
    const { generation } = this.#inProgress;
    this.#inProgress = undefined;
    const message = resizeText('completed', pod, { generation });
    this.#parts.report(pod, { type: 'Normal', reason: 'ResizeCompleted', message });
  }
}
