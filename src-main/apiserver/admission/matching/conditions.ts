import { CelError } from '../../cel/cel.ts';
import type { CostBudget } from '../../cel/cost.ts';
import type { Activation, Expression } from './expressions.ts';

/** A quarter of what all expressions of one request may cost. */
const conditionsBudget = 2_500_000;

export interface MatchCondition {
  readonly name: string;
  readonly expression: Expression;
}

/** `error`: what went wrong where no condition is false; to be treated as the failure policy says. */
export type MatchResult = { readonly isMatch: boolean } | { readonly error: string };

/**
 * Evaluates match conditions: one false ends it, whatever fails otherwise.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-matchconditions
 */
export async function matchConditions(
  conditions: readonly MatchCondition[],
  activation: Activation,
): Promise<MatchResult> {
  const budget: CostBudget = { remaining: conditionsBudget };
  const errors: string[] = [];
  for (const { expression } of conditions) {
    try {
      if ((await expression.evaluate(activation, budget)) === false) return { isMatch: false };
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      if (error.exceeded === 'budget') return { error: error.message };
      errors.push(error.message);
    }
  }
  if (errors.length === 0) return { isMatch: true };
  return { error: errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]` };
}
