/** How one node fared in the last attempt to place a pod. */
export interface NodeVerdict {
  readonly node: string;
  readonly passed: boolean;
  /** The plugin that ruled the node out; the later ones were not asked. */
  readonly rejectedBy: string | null;
  readonly reasons: readonly string[];
  /** Weighted score by plugin, for nodes that passed. */
  readonly scores: Readonly<Record<string, number>>;
  readonly total: number | null;
}

/** Why a pod is where it is, or nowhere: every node of the last attempt with its verdict. */
export interface Explanation {
  readonly at: string;
  readonly scheduler: string;
  readonly chosenNode: string | null;
  readonly message: string;
  readonly nodes: readonly NodeVerdict[];
}

/** Verdicts kept in all: about 100 bytes each. */
const keepVerdicts = 100_000;

/** The last explanation of each pod, most recently attempted pods first to be remembered, within a fixed budget of memory. */
export class Explanations {
  readonly #byPod = new Map<string, Explanation>();
  #verdicts = 0;

  set(namespace: string, name: string, explanation: Explanation): void {
    this.delete(namespace, name);
    this.#byPod.set(`${namespace}/${name}`, explanation);
    this.#verdicts += explanation.nodes.length;
    for (const [key, oldest] of this.#byPod) {
      if (this.#verdicts <= keepVerdicts) break;
      this.#byPod.delete(key);
      this.#verdicts -= oldest.nodes.length;
    }
  }

  get(namespace: string, name: string): Explanation | undefined {
    return this.#byPod.get(`${namespace}/${name}`);
  }

  delete(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    this.#verdicts -= this.#byPod.get(key)?.nodes.length ?? 0;
    this.#byPod.delete(key);
  }
}
