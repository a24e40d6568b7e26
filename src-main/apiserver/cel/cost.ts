/** What is left to spend; shared by the expressions of one request or one object. */
export interface CostBudget {
  remaining: number;
}

/** What one expression may cost, and what all rules of one object may cost together: Kubernetes' limits and units. */
const perExpressionLimit = 1_000_000;
export const perObjectLimit = 10_000_000;

/** An expression has cost more than one may. */
export class CostExceededError extends Error {
  override readonly name = 'CostExceededError';
}

/** An expression needs an answer that is not there yet. */
class Suspended extends Error {
  override readonly name = 'Suspended';
}

/** How a run ended. `waiting`: it needs something first, and is to be run again then. */
export type Outcome =
  | { readonly type: 'value'; readonly value: unknown; readonly cost: number }
  | { readonly type: 'error'; readonly error: unknown; readonly cost: number }
  | { readonly type: 'waiting'; readonly until: Promise<void> };

interface Run {
  spent: number;
  until: Promise<void> | undefined;
}

/** The run that is under way: none yields. Expressions that use others' values run within one another. */
let current: Run | undefined;

/** Runs an expression, counting what it costs up to the limit of one. */
export function metered(evaluate: () => unknown): Outcome {
  const outer = current;
  const run: Run = { spent: 0, until: undefined };
  current = run;
  try {
    return ended(run, { type: 'value', value: evaluate(), cost: run.spent });
  } catch (error) {
    return ended(run, { type: 'error', error, cost: run.spent });
  } finally {
    current = outer;
  }
}

/** `||`, `&&` and loops go on behind errors, as CEL wants; these two count all the same. */
function ended({ spent, until }: Run, outcome: Outcome): Outcome {
  if (until) return { type: 'waiting', until };
  if (spent <= perExpressionLimit) return outcome;
  return { type: 'error', error: new CostExceededError('too costly'), cost: spent };
}

export function isRunning(): boolean {
  return current !== undefined;
}

/** Whether what follows in the running expression is for nothing. */
export function isOver(): boolean {
  return current !== undefined && (current.spent > perExpressionLimit || current.until !== undefined);
}

/** Counts towards the running expression. Throws when that has become too costly. */
export function charge(cost: number): void {
  if (!current) return;
  current.spent += cost;
  if (current.spent > perExpressionLimit) throw new CostExceededError('too costly');
}

/** Ends the running expression, which is begun anew when the promise is settled. */
export function suspend(until: Promise<void>): never {
  if (current) current.until ??= until;
  throw new Suspended('an expression waits');
}

/** Whether it says only that an expression is begun anew: not to be remembered as its result. */
export function isSuspended(error: unknown): boolean {
  return error instanceof Suspended;
}
