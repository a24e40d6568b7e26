/** What is left to spend; shared by the expressions of one request or one object. */
export interface CostBudget {
  remaining: number;
}

/** Kubernetes' limits: one expression, and all expressions on one object. Our units are nodes evaluated. */
const perCallLimit = 1_000_000;
/** What all rules of one object may cost together, as in Kubernetes. */
export const perObjectLimit = 10_000_000;

/** An expression has used up its budget. */
export class CostExceededError extends Error {
  override readonly name = 'CostExceededError';
}

interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly maybeAsync?: unknown;
  readonly meta?: { readonly alternate?: unknown; readonly macro?: unknown };
  evaluate(evaluator: unknown, ast: unknown, context: unknown): unknown;
}

/** The budget of the evaluation that is running: evaluation does not yield, except to the authorizer. */
let current: { readonly budget: CostBudget | undefined; spent: number; isExceeded: boolean } | undefined;

/** Runs an evaluation against a budget, and against the limit of one expression. Throws CostExceededError. */
export function withBudget<T>(budget: CostBudget | undefined, size: number, evaluate: () => T): T {
  const outer = current;
  const own = { budget, spent: 0, isExceeded: false };
  current = own;
  try {
    charge(size);
    const value = evaluate();
    if (own.isExceeded) throw new CostExceededError('too costly');
    return value;
  } finally {
    current = outer;
  }
}

/** Spends from the running evaluation's budget; functions that take time with their input call it as well. */
export function charge(cost: number): void {
  if (!current) return;
  current.spent += cost;
  if (current.budget) current.budget.remaining -= cost;
  if (current.spent <= perCallLimit && (current.budget?.remaining ?? 0) >= 0) return;
  current.isExceeded = true;
  throw new CostExceededError('too costly');
}

/**
 * Makes every turn of every loop in a checked expression pay for itself. Returns the number of nodes. Goes by the
 * parsed tree: a macro's expansion hangs at the node's `meta`.
 */
export function budgeted(ast: unknown): number {
  return visit(ast, new Set());
}

function visit(value: unknown, seen: Set<unknown>): number {
  if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + visit(item, seen), 0);
  if (!isNode(value)) return 0;
  const { alternate, macro } = value.meta ?? {};
  let size = 1;
  if (alternate) size += visit(alternate, seen);
  else if (typeof macro === 'object' && macro !== null)
    for (const part of Object.values(macro)) size += visit(part, seen);
  if (value.op === 'comprehension') size += visitLoop(value, seen);
  else if (!alternate) size += visit(value.args, seen);
  return size;
}

interface LoopArguments {
  readonly iterable: unknown;
  step: unknown;
  condition?: ((accumulated: unknown) => unknown) | undefined;
}

function visitLoop({ args }: Node, seen: Set<unknown>): number {
  const loop = args as LoopArguments;
  const { iterable, step, condition } = loop;
  // `all` and `exists` go on behind errors, as CEL wants: this is what ends them.
  loop.condition = (accumulated) =>
    current?.isExceeded !== true && (condition === undefined || condition(accumulated));
  const before = visit(iterable, seen);
  const cost = visit(step, seen);
  if (isNode(step)) {
    // In its place, for nodes replace their own `evaluate` when they are first run.
    loop.step = {
      op: step.op,
      args: step.args,
      maybeAsync: step.maybeAsync,
      evaluate(evaluator: unknown, _: unknown, context: unknown) {
        charge(cost);
        return step.evaluate(evaluator, step, context);
      },
    };
  }
  return before + cost;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'evaluate' in value;
}
