import type { Explanation, NodeVerdict } from '../explanation.ts';
import type { CycleState, FilterResult, Plugin, Profile, ReadonlyPod } from './framework.ts';
import type { NodeInfo } from './node-info.ts';

/** What one scheduling cycle decided. Nothing has been written yet. */
export type Decision =
  | { readonly node: string; readonly state: CycleState; readonly explanation: Explanation }
  | {
      readonly node: undefined;
      readonly message: string;
      readonly rejectedBy: ReadonlySet<string>;
      readonly nominatedNode: string | undefined;
      readonly explanation: Explanation;
    };

/**
 * Chooses a node for one pod. Pure: the same pod, nodes and `random` give the same decision. Nodes with equal
 * scores are chosen among by `random` (in [0, 1)), so that pods spread.
 */
export function decide(
  pod: ReadonlyPod,
  nodes: readonly NodeInfo[],
  { profile, random, nowMs }: { profile: Profile; random: () => number; nowMs: number },
): Decision {
  const state: CycleState = new Map();
  const verdicts = new Map<string, NodeVerdict>();
  const explain = (chosen: string | null, message: string): Explanation => ({
    at: new Date(nowMs).toISOString(),
    scheduler: profile.schedulerName,
    chosenNode: chosen,
    message,
    nodes: [...verdicts.values()],
  });
  const refuse = (message: string, rejectedBy: ReadonlySet<string>, nominatedNode?: string): Decision => ({
    node: undefined,
    message,
    rejectedBy,
    nominatedNode,
    explanation: explain(null, message),
  });
  if (nodes.length === 0) return refuse('no nodes available to schedule pods', new Set());

  const rejections = new Map<string, FilterResult>();
  const rejectedBy = new Set<string>();
  const early = preFilter(profile.plugins, state, pod);
  for (const node of nodes) {
    const verdict = early ?? filterNode(profile.plugins, { state, pod, node });
    verdicts.set(node.name, {
      node: node.name,
      passed: verdict.result.ok,
      rejectedBy: verdict.plugin ?? null,
      reasons: verdict.result.ok ? [] : verdict.result.reasons,
      scores: {},
      total: null,
    });
    if (!verdict.result.ok) rejections.set(node.name, verdict.result);
    if (verdict.plugin) rejectedBy.add(verdict.plugin);
  }
  const feasible = nodes.filter(({ name }) => !rejections.has(name));
  if (feasible.length === 0) {
    const { nominatedNode, message } = postFilter(profile.plugins, { state, pod, rejections });
    return refuse(
      fitError(nodes.length, rejections) + (message ? ` ${message}` : ''),
      rejectedBy,
      nominatedNode,
    );
  }
  const totals = score(profile, { state, pod, nodes: feasible, verdicts });
  const best = Math.max(...totals.values());
  const winners = feasible.filter(({ name }) => totals.get(name) === best);
  const winner = winners[Math.floor(random() * winners.length)] ?? winners[0];
  if (!winner) return refuse('no nodes available to schedule pods', rejectedBy);
  return {
    node: winner.name,
    state,
    explanation: explain(winner.name, `Successfully assigned to ${winner.name}`),
  };
}

interface Verdict {
  readonly result: FilterResult;
  readonly plugin?: string;
}

function preFilter(plugins: readonly Plugin[], state: CycleState, pod: ReadonlyPod): Verdict | undefined {
  for (const plugin of plugins) {
    const result = plugin.preFilter?.(state, pod);
    if (result && !result.ok) return { result, plugin: plugin.name };
  }
  return undefined;
}

function filterNode(
  plugins: readonly Plugin[],
  { state, pod, node }: { state: CycleState; pod: ReadonlyPod; node: NodeInfo },
): Verdict {
  for (const plugin of plugins) {
    const result = plugin.filter?.(state, pod, node);
    if (result && !result.ok) return { result, plugin: plugin.name };
  }
  return { result: { ok: true } };
}

function postFilter(
  plugins: readonly Plugin[],
  cycle: { state: CycleState; pod: ReadonlyPod; rejections: ReadonlyMap<string, FilterResult> },
): { nominatedNode?: string; message?: string } {
  for (const plugin of plugins) {
    const result = plugin.postFilter?.(cycle.state, cycle.pod, cycle.rejections);
    if (result) return result;
  }
  return {};
}

function score(
  profile: Profile,
  cycle: {
    state: CycleState;
    pod: ReadonlyPod;
    nodes: readonly NodeInfo[];
    verdicts: Map<string, NodeVerdict>;
  },
): ReadonlyMap<string, number> {
  const { state, pod, nodes, verdicts } = cycle;
  const totals = new Map(nodes.map(({ name }) => [name, 0]));
  for (const plugin of profile.plugins) plugin.preScore?.(state, pod, nodes);
  for (const plugin of profile.plugins) {
    if (!plugin.score) continue;
    const raw = nodes.map((node) => plugin.score?.(state, pod, node) ?? 0);
    const scores = plugin.normalize ? plugin.normalize(raw) : raw;
    const weight = profile.weights[plugin.name] ?? 1;
    for (const [index, node] of nodes.entries()) {
      const weighted = (scores[index] ?? 0) * weight;
      const total = (totals.get(node.name) ?? 0) + weighted;
      totals.set(node.name, total);
      const verdict = verdicts.get(node.name);
      if (verdict)
        verdicts.set(node.name, {
          ...verdict,
          scores: { ...verdict.scores, [plugin.name]: weighted },
          total,
        });
    }
  }
  return totals;
}

/** `0/4 nodes are available: 1 node(s) were unschedulable, 3 Insufficient cpu.` as Kubernetes words it. */
export function fitError(nodeCount: number, rejections: ReadonlyMap<string, FilterResult>): string {
  const counts = new Map<string, number>();
  for (const result of rejections.values()) {
    if (result.ok) continue;
    for (const reason of result.reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodeCount} nodes are available: ${parts.join(', ')}.`;
}
