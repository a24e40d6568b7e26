import type { Clock } from '@shared/lib/clock.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import { createWritable, type Readable } from './readable.ts';
import { Ring } from './ring.ts';
import { type Counters, parseSummary } from './stats-summary.ts';

/** What a node or pod uses now, and used in the last minutes. */
export interface Usage {
  /** Cores over the last interval; undefined until two samples are there. */
  readonly cpuCores: number | undefined;
  readonly memoryBytes: number;
  /** Columns: time in seconds since the epoch, cores (NaN where unknown), bytes. */
  readonly history: Ring;
}

/** By node name, and by pod uid. */
export interface UsageSnapshot {
  readonly nodes: ReadonlyMap<string, Usage>;
  readonly pods: ReadonlyMap<string, Usage>;
}

export interface UsageStore extends Readable<UsageSnapshot> {
  /** Asks a node's kubelet now and then, until the returned function is called; once for all who look. */
  look(node: string): () => void;
}

export interface UsageOptions {
  /** The kubelet's `/stats/summary` of a node, as JSON. */
  read(node: string): Promise<unknown>;
  readonly clock: Clock;
  /** Nobody sees the window: nothing is asked. */
  hidden(): boolean;
}

const everyMs = 5000;
/** The second sample comes early: a rate takes two. */
const secondSampleMs = 1500;
/** A node that cannot tell (down, or an older agent) is asked this seldom. */
const afterFailureMs = 30_000;
const keptSamples = 120;

interface Looked {
  lookers: number;
  samples: number;
  timer: Disposable | undefined;
}

/** What nodes and pods use, polled while somebody looks; the past is kept as long as the cluster's page is open. */
export function createUsageStore({ read, clock, hidden }: UsageOptions): UsageStore {
  const store = createWritable<UsageSnapshot>({ nodes: new Map(), pods: new Map() });
  const looked = new Map<string, Looked>();
  const last = new Map<string, { readonly atMs: number; readonly counters: Counters }>();
  const podsOf = new Map<string, ReadonlySet<string>>();

  function advance(key: string, counters: Counters, before: Usage | undefined): Usage {
    const atMs = clock.now();
    const cpuCores = rate(last.get(key), { atMs, counters });
    last.set(key, { atMs, counters });
    const history = before?.history ?? new Ring(keptSamples, 3);
    history.push(atMs / 1000, cpuCores ?? Number.NaN, counters.memoryBytes);
    return { cpuCores, memoryBytes: counters.memoryBytes, history };
  }

  function take(node: string, answer: unknown): void {
    const summary = parseSummary(answer);
    const { nodes, pods } = store.get();
    const nextPods = new Map(pods);
    const present = new Set(summary.pods.keys());
    for (const uid of podsOf.get(node) ?? []) {
      if (present.has(uid)) continue;
      nextPods.delete(uid);
      last.delete(`pod ${uid}`);
    }
    podsOf.set(node, present);
    for (const [uid, counters] of summary.pods)
      nextPods.set(uid, advance(`pod ${uid}`, counters, pods.get(uid)));
    const nextNodes = summary.node
      ? new Map(nodes).set(node, advance(`node ${node}`, summary.node, nodes.get(node)))
      : nodes;
    store.set({ nodes: nextNodes, pods: nextPods });
  }

  async function ask(node: string, state: Looked): Promise<void> {
    let waitMs = everyMs;
    if (!hidden()) {
      try {
        const answer = await read(node);
        state.samples += 1;
        if (state.samples === 1) waitMs = secondSampleMs;
        if (state.lookers > 0) take(node, answer);
      } catch {
        // Use is an extra beside requests: where there is none, none is shown.
        waitMs = afterFailureMs;
      }
    }
    if (state.lookers > 0) state.timer = clock.setTimer(waitMs, () => void ask(node, state));
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    look(node) {
      const state = looked.get(node) ?? { lookers: 0, samples: 0, timer: undefined };
      looked.set(node, state);
      state.lookers += 1;
      if (state.lookers === 1) void ask(node, state);
      return () => {
        state.lookers -= 1;
        if (state.lookers > 0) return;
        state.timer?.dispose();
        looked.delete(node);
      };
    },
  };
}

interface Sample {
  readonly atMs: number;
  readonly counters: Counters;
}

/** Cores between two samples of a counter; what the kubelet says when there is no earlier one of use. */
function rate(before: Sample | undefined, now: Sample): number | undefined {
  const elapsedMs = before ? now.atMs - before.atMs : 0;
  const spent = before ? now.counters.cpuSeconds - before.counters.cpuSeconds : -1;
  if (elapsedMs >= 1000 && elapsedMs <= 4 * everyMs && spent >= 0) return (spent * 1000) / elapsedMs;
  return now.counters.cpuCores;
}
