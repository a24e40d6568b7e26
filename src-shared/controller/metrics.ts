/** Counters of one controller since its process started. */
export interface ControllerCounters {
  reconciles: number;
  /** Reconciles that threw, conflicts included. */
  errors: number;
  /** Keys waiting. */
  queueDepth: number;
  /** Keys being worked on. */
  active: number;
  /** Time spent in reconcile, in milliseconds; concurrent ones add up. */
  busyMs: number;
  /** Times the loop crashed and was started again. */
  restarts: number;
}

/** Counters by controller name. Written by `runControllers`, read by whoever wants to show them. */
export class ControllerMetrics {
  readonly #counters = new Map<string, ControllerCounters>();

  of(controller: string): ControllerCounters {
    const known = this.#counters.get(controller);
    if (known) return known;
    const fresh = { reconciles: 0, errors: 0, queueDepth: 0, active: 0, busyMs: 0, restarts: 0 };
    this.#counters.set(controller, fresh);
    return fresh;
  }

  snapshot(): Readonly<Record<string, Readonly<ControllerCounters>>> {
    return Object.fromEntries([...this.#counters].map(([name, counters]) => [name, { ...counters }]));
  }
}
