/** How often one probe of one container came to one result. */
export interface ProbeCount {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
}

/** Counts of probes, kept as long as the container they belong to is probed. */
export class ProbeCounts {
  readonly #counts = new Map<
    object,
    Map<string, { labels: Readonly<Record<string, string>>; count: number }>
  >();

  /** Adds one to what `owner`, the probing loop, has seen; `labels` name the probe, `result` its end. */
  add(owner: object, labels: Readonly<Record<string, string>>, result: string): void {
    const own = this.#counts.get(owner) ?? new Map();
    this.#counts.set(owner, own);
    const entry = own.get(result) ?? { labels: { ...labels, result }, count: 0 };
    own.set(result, { ...entry, count: entry.count + 1 });
  }

  forget(owner: object): void {
    this.#counts.delete(owner);
  }

  all(): readonly ProbeCount[] {
    return [...this.#counts.values()].flatMap((own) => [...own.values()]);
  }
}
