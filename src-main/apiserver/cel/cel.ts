import { Environment } from '@marcbachmann/cel-js';
import { authorizerFunctions } from './authorizer.ts';
import { type CostBudget, CostExceededError, isRunning, metered, suspend } from './cost.ts';
import { equalityOperators } from './equality.ts';
import { estimateCost } from './estimate.ts';
import { formatFunction } from './format.ts';
import { hasMacro } from './has.ts';
import { listFunctions } from './lists.ts';
import { literalFault } from './literal-checks.ts';
import { loopMacros } from './loops.ts';
import { mathFunctions } from './math.ts';
import { meter } from './meter.ts';
import { networkFunctions } from './network.ts';
import { oneVariableMacros } from './one-variable.ts';
import { withOwnNames, withoutOwnNames } from './own-names.ts';
import { quantityFunctions } from './quantity.ts';
import { semverFunctions } from './semver.ts';
import type { SizeHint } from './size-hints.ts';
import { stringFunctions } from './strings.ts';
import { urlFunctions } from './url.ts';

/**
 * CEL as Kubernetes speaks it: validation rules of custom resources, admission policies, match conditions.
 * https://kubernetes.io/docs/reference/using-api/cel/
 *
 *     const environment = createCelEnvironment({ object: 'dyn', oldObject: 'dyn', authorizer: authorizerType });
 *     const program = compileCel('object.spec.replicas <= 5', environment);
 *     if (program.type === 'error') … program.message
 *     else program.evaluate({ object: toCel(object), oldObject: null, authorizer }, budget)
 *
 * Values: `toCel` (values.ts) makes CEL's of JSON's, where whole numbers are ints (bigint); `fromCel` the other way.
 * Types: 'dyn', 'int', 'uint', 'double', 'string', 'bool', 'bytes', 'null', 'list<T>', 'map<K, V>',
 * 'google.protobuf.Timestamp', 'google.protobuf.Duration', 'optional<T>', and those of types.ts for schemas.
 */
export type CelVariables = Readonly<Record<string, string>>;

/** A compiled expression. */
export interface CelProgram {
  readonly type: 'program';
  readonly expression: string;
  /** What it yields: `bool`, `string`, `dyn`, … */
  readonly resultType: string;
  /** What a run costs at most in Kubernetes' units, where `self` and `oldSelf` are as the hint says. */
  estimate(self: SizeHint | undefined): number;
  /**
   * The value for these variables. A promise only where the authorizer has to be asked first. Throws CelError (or
   * rejects with it): a missing key, an overflow, …; what it cost is taken from the budget in any case.
   */
  evaluate(variables: Readonly<Record<string, unknown>>, budget?: CostBudget): unknown;
}

/** Why an expression does not compile. */
export interface CelCompileError {
  readonly type: 'error';
  /** In the words of Kubernetes: `ERROR: <input>:1:6: undefined field 'x'` with the line and a caret below. */
  readonly message: string;
}

/** What people are told when the budget is used up. */
export const outOfBudget =
  'validation failed due to running out of cost budget, no further validation rules will be run';

/** A limit that was exceeded: of one expression, or of all those that share a budget. */
export type CostLimit = 'expression' | 'budget';

/** A failed evaluation. `message` is what people are told. */
export class CelError extends Error {
  override readonly name = 'CelError';
  /** Set when it cost too much. */
  readonly exceeded: CostLimit | undefined;

  constructor(message: string, options: { readonly exceeded?: CostLimit; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exceeded = options.exceeded;
  }
}

/** Kubernetes' limit for an expression: what is longer is not parsed. */
const maxCodePoints = 100_000;
/** Lines that are longer are not repeated in complaints. */
const maxSnippetLength = 16_384;

let base: Environment | undefined;

function baseEnvironment(): Environment {
  if (!base) {
    const limits = {
      maxListElements: maxCodePoints,
      maxMapEntries: maxCodePoints,
      maxCallArguments: maxCodePoints,
    };
    base = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false, limits });
    equalityOperators(base);
    stringFunctions(base);
    listFunctions(base);
    loopMacros(base);
    oneVariableMacros(base);
    hasMacro(base);
    mathFunctions(base);
    quantityFunctions(base);
    urlFunctions(base);
    networkFunctions(base);
    semverFunctions(base);
    formatFunction(base);
    authorizerFunctions(base);
  }
  return base;
}

/** The library's functions and these variables. `extend` may add types before the variables are declared. */
export function createCelEnvironment(
  variables: CelVariables,
  extend?: (environment: Environment) => void,
): Environment {
  const environment = baseEnvironment().clone();
  extend?.(environment);
  for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type);
  return environment;
}

/** An environment with more variables than another one, and its types. */
export function extendCelEnvironment(environment: Environment, variables: CelVariables): Environment {
  const extended = environment.clone();
  for (const [name, type] of Object.entries(variables)) extended.registerVariable(name, type);
  return extended;
}

/** Parses and type-checks. Never throws. */
export function compileCel(expression: string, environment: Environment): CelProgram | CelCompileError {
  const size = codePoints(expression);
  if (size > maxCodePoints)
    return nowhere(`expression code point size exceeds limit: size: ${size}, limit ${maxCodePoints}`);
  try {
    const parsed = environment.parse(withOwnNames(expression));
    const checked = parsed.check();
    const fault = checked.valid ? literalFault(parsed.ast) : checked.error;
    if (fault) return complaint(expression, fault);
    meter(parsed.ast);
    return {
      type: 'program',
      expression,
      resultType: checked.type ?? 'dyn',
      estimate: (self) => estimateCost(parsed.ast, self),
      evaluate: (variables, budget) => run(() => parsed({ ...variables }), budget),
    };
  } catch (error) {
    return complaint(expression, error);
  }
}

function complaint(expression: string, error: unknown): CelCompileError {
  if (isTooDeep(error)) return nowhere('max recursion depth exceeded');
  return { type: 'error', message: compileText(expression, error) };
}

function codePoints(text: string): number {
  if (text.length <= maxCodePoints) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** A complaint about all of an expression. */
function nowhere(text: string): CelCompileError {
  return { type: 'error', message: `ERROR: <input>:-1:0: ${text}` };
}

/** The library's own limit of depth, or the engine's. */
function isTooDeep(error: unknown): boolean {
  const isOverflow =
    error instanceof RangeError || (error instanceof Error && error.cause instanceof RangeError);
  return isOverflow || summaryOf(error).startsWith('Exceeded maxDepth');
}

function run(evaluate: () => unknown, budget: CostBudget | undefined): unknown {
  const outcome = metered(evaluate);
  if (outcome.type === 'waiting') {
    if (isRunning()) suspend(outcome.until);
    return outcome.until.then(() => run(evaluate, budget));
  }
  if (budget) {
    budget.remaining -= outcome.cost;
    if (budget.remaining < 0) throw new CelError(outOfBudget, { exceeded: 'budget' });
  }
  if (outcome.type === 'error') throw runtimeError(outcome.error);
  return outcome.value;
}

function runtimeError(error: unknown): CelError {
  if (error instanceof CelError) return error;
  if (error instanceof CostExceededError)
    return new CelError('operation cancelled: actual cost limit exceeded', {
      exceeded: 'expression',
      cause: error,
    });
  return new CelError(worded(summaryOf(error)), { cause: error });
}

function summaryOf(error: unknown): string {
  if (typeof error === 'object' && error && 'summary' in error && typeof error.summary === 'string')
    return error.summary;
  return error instanceof Error ? error.message : String(error);
}

/** The library's words in Kubernetes' place, where people know them. */
function worded(summary: string): string {
  return withoutOwnNames(summary)
    .replace(/^No such key: index out of bounds, index (-?\d+).*$/, 'index out of bounds: $1')
    .replace(/^No such key: /, 'no such key: ')
    .replace(/^Unknown variable: (.*)$/, "undeclared reference to '$1' (in container '')");
}

function compileText(expression: string, error: unknown): string {
  const { range } = error as { readonly range?: { readonly start?: number } };
  const isField = summaryOf(error).startsWith('No such key: ');
  const at = range?.start ?? 0;
  // A field that is not there is shown at its dot.
  const start = isField && expression[at - 1] === '.' ? at - 1 : at;
  const before = expression.slice(0, start).split('\n');
  const line = before.length;
  const column = before.at(-1)?.length ?? 0;
  const summary = worded(summaryOf(error))
    .replace(/^no such key: (.*)$/, "undefined field '$1'")
    .replace(/^Unexpected token: EOF$/, "Syntax error: mismatched input '<EOF>'")
    .replace(/^Unexpected/, 'Syntax error: unexpected');
  const source = expression.split('\n')[line - 1] ?? '';
  const head = `ERROR: <input>:${line}:${column + 1}: ${summary}`;
  return source.length > maxSnippetLength ? head : `${head}\n | ${source}\n | ${'.'.repeat(column)}^`;
}
