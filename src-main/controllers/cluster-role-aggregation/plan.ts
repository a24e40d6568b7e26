import { labelMatcherOf } from '@shared/api/selectors.ts';
import type { ClusterRole } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

type ReadonlyRole = DeepReadonly<ClusterRole>;
type Rules = NonNullable<ReadonlyRole['rules']>;

/** Whether an aggregated role gathers the rules of another one. */
function gathers(role: ReadonlyRole, other: ReadonlyRole): boolean {
  if (role.metadata?.name === other.metadata?.name) return false;
  return (role.aggregationRule?.clusterRoleSelectors ?? []).some((selector) =>
    labelMatcherOf(selector as Parameters<typeof labelMatcherOf>[0]).matches(other.metadata?.labels ?? {}),
  );
}

/** The rules an aggregated role should have: those of all it gathers, by name, each once; undefined: it has them. */
export function planRules(role: ReadonlyRole, all: readonly ReadonlyRole[]): Rules | undefined {
  const sources = all.filter((other) => gathers(role, other));
  sources.sort((a, b) => ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1));
  const seen = new Set<string>();
  const rules = sources
    .flatMap((source) => [...(source.rules ?? [])])
    .filter((rule) => {
      const key = keyOf(rule);
      return !seen.has(key) && seen.add(key);
    });
  return JSON.stringify(rules.map(keyOf)) === JSON.stringify((role.rules ?? []).map(keyOf))
    ? undefined
    : rules;
}

/** The same for the same rule, in whatever order its fields stand. */
function keyOf(rule: Rules[number]): string {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  return JSON.stringify([
    verbs,
    apiGroups ?? [],
    resources ?? [],
    resourceNames ?? [],
    nonResourceURLs ?? [],
  ]);
}
