import { AppError } from '@shared/lib/app-error.ts';
import type { ClusterState } from '@shared/rpc/contract.ts';
import type { Operations, PlannedStep } from '../operations/operations.ts';
import type { ClusterRegistry } from '../registry.ts';

export interface PlannedWork {
  readonly title: string;
  readonly steps: readonly PlannedStep[];
  /** Shown meanwhile; null when the cluster goes on as it is. */
  readonly state: ClusterState | null;
  /** Cancels work of these states and begins when that is undone; other work under way is a refusal. */
  readonly supersedes?: readonly (ClusterState | null)[];
  undo?(): Promise<void>;
}

/** Operations on clusters: one at a time for each, with the state shown meanwhile and after a failure. */
export class ClusterWork {
  readonly #registry: ClusterRegistry;
  readonly #operations: Operations;
  readonly #underWay = new Map<string, { id: string; state: ClusterState | null }>();

  constructor(registry: ClusterRegistry, operations: Operations) {
    this.#registry = registry;
    this.#operations = operations;
  }

  isBusy(name: string): boolean {
    return this.#underWay.has(name);
  }

  /** Begins at once and returns the operation's id. AppError `Busy` when other work is under way. */
  begin(name: string, planned: PlannedWork): string {
    const before = this.#underWay.get(name);
    if (before && !planned.supersedes?.includes(before.state)) throw busy(name, before.state);
    if (before) this.#operations.cancel(before.id);
    if (planned.state !== null) this.#registry.setState(name, planned.state);
    const id = this.#operations.start({
      title: planned.title,
      cluster: name,
      steps: before ? [this.#afterStep(before.id), ...planned.steps] : planned.steps,
      ...(planned.undo && { undo: planned.undo }),
    });
    this.#underWay.set(name, { id, state: planned.state });
    void this.#settle(name, id, planned.state);
    return id;
  }

  async #settle(name: string, id: string, state: ClusterState | null): Promise<void> {
    const operation = await this.#operations.finished(id);
    if (this.#underWay.get(name)?.id !== id) return; // superseded: what came after it says how the cluster fares
    this.#underWay.delete(name);
    const error = operation.state === 'failed' && state !== null ? operation.error : null;
    const isThere = this.#registry.names().includes(name);
    if (error && isThere) this.#registry.setState(name, 'failed', new AppError(error));
    else if (state !== null || !isThere) this.#registry.setState(name, null);
    else this.#registry.announce(); // nodes may have come or gone; a failure known before stays
  }

  #afterStep(id: string): PlannedStep {
    return {
      id: 'after',
      title: 'Cancel what is under way',
      run: async () => void (await this.#operations.finished(id)),
    };
  }
}

function busy(name: string, state: ClusterState | null): AppError {
  return new AppError({
    code: 'Busy',
    message: `Cluster "${name}" is ${state ?? 'being changed'} just now.`,
    remedy: 'Wait until that is over, or cancel it.',
  });
}
