import { type LabelOperator, labelMatcher } from '@shared/api/selectors.ts';
import type { Node, NodeSelector } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

type Term = DeepReadonly<NodeSelector>['nodeSelectorTerms'][number];

const operators: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: 'gt',
  Lt: 'lt',
};

/** Whether all expressions and fields of a term hold; an empty term holds nowhere. `metadata.name` is the only field. */
export function matchesTerm(term: Term, node: DeepReadonly<Node>): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  return (
    holds(expressions, node.metadata?.labels) && holds(fields, { 'metadata.name': node.metadata?.name ?? '' })
  );
}

function holds(
  requirements: NonNullable<Term['matchExpressions']>,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return requirements.every(({ key, operator, values }) => {
    const known = operators[operator];
    return (
      known !== undefined && labelMatcher([{ key, operator: known, values: values ?? [] }]).matches(labels)
    );
  });
}
