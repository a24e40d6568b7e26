import {
  isSame,
  type PodResources,
  type Refusal,
  type ResizeStep,
  type Resources,
  refusalOf,
  resizeStep,
  wholePod,
  wishes,
  withResources,
} from '@shared/kinds/core/pod/pod-resize.ts';
import type { PodCondition } from '@shared/kinds/wire.ts';
import type { LinuxResources } from '../runtime.ts';
import { limitPodCgroup } from './cgroup.ts';
import type { KubeletContext } from './context.ts';
import { newest, type ObservedPod } from './observed.ts';
import { cgroupParent, podLevelResources } from './qos.ts';
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
    this.#allocated = new Map([...wishes(pod)].map(([name, wish]) => [name, reported(pod, name) ?? wish]));
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
    const running = [...this.#allocated.keys()].flatMap((name) => {
      const container = findContainer(pod, name)?.container;
      const instance = newest(observed, name);
      const isAlive = instance?.state === 'Running' || (instance && replaced(name) === instance.id);
      return container && isAlive ? [{ container, id: instance.id }] : [];
    });
    const lacking = running.filter(({ container }) => this.step(container) !== 'none');
    const whole = this.#allocated.get(wholePod);
    const wholeLacks = whole !== undefined && !isSame(whole, this.#actual.get(wholePod) ?? whole);
    if (lacking.length === 0 && !wholeLacks) {
      this.#complete(pod);
      return undefined;
    }
    if (this.#retryAtMs > this.#parts.clock.now()) return this.#retryAtMs;
    // Containers without limits of their own have those of the pod.
    const updates = (wholeLacks ? running : lacking).filter(
      ({ container, id }) => this.step(container) !== 'restart' && replaced(container.name) !== id,
    );
    if (updates.length > 0 || wholeLacks)
      this.#updating ??= this.#update(pod, updates, whole).finally(() => {
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
    whole: Resources | undefined,
  ): Promise<void> {
    const bounds = podLevelResources(pod);
    const before = podLevelResources(withResources(pod, this.#actual));
    try {
      // What they share never bounds containers below what they have or are to have.
      if (bounds && before) await limitPodCgroup(cgroupParent(pod), wider(before, bounds));
      for (const { container, id } of updates) {
        const actual = this.#actual.get(container.name) ?? {};
        const settings = changedSettings(pod, container, actual);
        await this.#refuseBelowUsage(container.name, id, settings.memoryLimitBytes);
        await this.#parts.runtime.updateContainerResources(id, settings);
        this.#actual.set(container.name, container.resources ?? {});
      }
      if (!bounds || !whole) return;
      await limitPodCgroup(cgroupParent(pod), bounds);
      this.#actual.set(wholePod, whole);
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

/** What was last told of a container's resources, or of the whole pod's. */
function reported(pod: ReadonlyPod, name: string): Resources | undefined {
  return name === wholePod ? pod.status?.resources : reportedStatus(pod, name)?.resources;
}

/** The higher limit of each; none where one has none. */
function wider(a: LinuxResources, b: LinuxResources): LinuxResources {
  const { cpuQuotaUs: _quota, memoryLimitBytes: _limit, ...rest } = b;
  const higher = (x: number | undefined, y: number | undefined) =>
    x === undefined || y === undefined ? undefined : Math.max(x, y);
  const cpuQuotaUs = higher(a.cpuQuotaUs, b.cpuQuotaUs);
  const memoryLimitBytes = higher(a.memoryLimitBytes, b.memoryLimitBytes);
  return {
    ...rest,
    ...(cpuQuotaUs !== undefined && { cpuQuotaUs }),
    ...(memoryLimitBytes !== undefined && { memoryLimitBytes }),
  };
}
