import type { ResizeStep } from '@shared/kinds/core/pod/pod-resize.ts';
import { containerHash } from './labels.ts';
import type { PodMemory, ProbeResult, Waiting } from './plan.ts';
import type { PodResize } from './pod-resize.ts';
import { RestartBackoff } from './restart-backoff.ts';
import type { ReadonlyContainer } from './spec.ts';

/** What one pod's worker remembers; lost with the agent, as everything in it can be found out anew. */
export class WorkerMemory implements PodMemory {
  eviction?: { readonly reason: string; readonly message: string };
  readonly waiting = new Map<string, Waiting>();
  readonly #replaced = new Map<string, string>();
  readonly #backoff = new RestartBackoff();
  readonly #retries = new Map<string, number>();
  readonly #probe: (containerId: string) => ProbeResult | undefined;
  readonly resizes: PodResize;

  constructor(probe: (containerId: string) => ProbeResult | undefined, resizes: PodResize) {
    this.#probe = probe;
    this.resizes = resizes;
  }

  resize(container: ReadonlyContainer): ResizeStep {
    return this.resizes.step(container);
  }

  probe(containerId: string): ProbeResult | undefined {
    return this.#probe(containerId);
  }

  backoff(
    container: ReadonlyContainer,
    sinceMs: number,
    nowMs: number,
  ): { untilMs: number; delayMs: number } | undefined {
    return this.#backoff.waiting(backoffKey(container), sinceMs, nowMs);
  }

  retryAtMs(subject: string): number | undefined {
    return this.#retries.get(subject);
  }

  replaced(container: string): string | undefined {
    return this.#replaced.get(container);
  }

  /** Notes that this instance of `container` is killed to be started anew; undefined: it was not. */
  replacing(container: string, id: string | undefined): void {
    if (id === undefined) this.#replaced.delete(container);
    else this.#replaced.set(container, id);
  }

  /** Notes a restart of `container`. */
  restarted(container: ReadonlyContainer, nowMs: number): void {
    this.#backoff.next(backoffKey(container), nowMs);
  }

  failed(subject: string, waiting: Waiting | undefined, retryAtMs: number | undefined): void {
    if (waiting) this.waiting.set(subject, waiting);
    if (retryAtMs !== undefined) this.#retries.set(subject, retryAtMs);
  }

  succeeded(subject: string): void {
    this.waiting.delete(subject);
    this.#retries.delete(subject);
  }

  /** What failed may be tried again at once: something it depends on has changed. */
  retryNow(): void {
    this.#retries.clear();
  }
}

/** A container whose definition was changed starts from the beginning. */
function backoffKey(container: ReadonlyContainer): string {
  return `${container.name}/${containerHash(container)}`;
}
