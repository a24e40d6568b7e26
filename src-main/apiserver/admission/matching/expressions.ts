import type { Environment } from '@marcbachmann/cel-js';
import { authorizerType } from '../../cel/authorizer.ts';
import {
  CelError,
  type CelProgram,
  compileCel,
  createCelEnvironment,
  extendCelEnvironment,
} from '../../cel/cel.ts';
import { type CostBudget, isSuspended } from '../../cel/cost.ts';
import { complaintAbout, withoutLiterals, withPatchTypes } from './object-literals.ts';
import { declareVariableTypes, namespaceType, requestType } from './variable-types.ts';

/** A named part of an expression that others use as `variables.<name>`. */
export interface Variable {
  readonly name: string;
  readonly expression: string;
}

export interface ExpressionOptions {
  /** `params` may be used. */
  readonly hasParams?: boolean;
  /** Where `Object{}` and `JSONPatch{}` may be constructed: every expression that does. */
  readonly patches?: readonly string[];
  readonly variables?: readonly Variable[];
}

/** A compiled expression, or why there is none: the text goes into field errors. */
export type Compiled =
  | { readonly type: 'expression'; readonly expression: Expression; readonly resultType: string }
  | { readonly type: 'error'; readonly message: string };

/** The values one evaluation works with; variables are evaluated once, when they are first used. */
export class Activation {
  readonly values: Readonly<Record<string, unknown>>;
  readonly known = new Map<string, { readonly value: unknown } | { readonly error: unknown }>();
  budget: CostBudget = { remaining: 0 };

  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = values;
  }
}

const environments = new Map<boolean, Environment>();

function baseEnvironment({ hasParams = false, patches, variables }: ExpressionOptions): Environment {
  let environment = environments.get(hasParams);
  if (!environment) {
    const variables = {
      object: 'dyn',
      oldObject: 'dyn',
      request: requestType,
      namespaceObject: namespaceType,
      ...(hasParams && { params: 'dyn' }),
    };
    environment = createCelEnvironment(variables, declareVariableTypes);
    environments.set(hasParams, environment);
  }
  if (!patches) return environment;
  return withPatchTypes(environment, [...patches, ...(variables ?? []).map(({ expression }) => expression)]);
}

interface Stage {
  readonly environment: Environment;
  /** For expressions that may not ask the authorizer. */
  readonly plain: Environment;
  readonly Variables: VariablesClass | undefined;
}

type VariablesClass = new (activation: Activation) => object;

interface KnownVariable {
  readonly name: string;
  readonly compiled: Compiled;
}

/** The expressions of one webhook or one policy: they see the same variables. */
export class Expressions {
  readonly #options: ExpressionOptions;
  readonly #base: Environment;
  readonly #variables: KnownVariable[] = [];
  #stage: Stage;

  /**
   * `environment`: one with types for `object`, `oldObject` and `params`, without the authorizer; absent: nothing is known
   * of them.
   */
  constructor(options: ExpressionOptions, environment?: Environment) {
    this.#options = options;
    this.#base = environment ?? baseEnvironment(options);
    this.#stage = stageOf(this.#base, undefined);
    for (const { name, expression } of options.variables ?? []) {
      this.#variables.push({ name, compiled: this.compile(expression) });
      this.#stage = this.#nextStage();
    }
  }

  /** What does not compile of the variables, by their place. */
  get variableErrors(): readonly (string | undefined)[] {
    return this.#variables.map(({ compiled }) => (compiled.type === 'error' ? compiled.message : undefined));
  }

  /** `results`: the types it may yield; absent: any. */
  compile(text: string, results?: readonly string[]): Compiled {
    return this.#compile(text, { environment: this.#stage.environment, results });
  }

  /** An expression that yields the text of a refusal: it cannot ask the authorizer. */
  compileMessage(text: string): Compiled {
    return this.#compile(text, { environment: this.#stage.plain, results: ['string'] });
  }

  #compile(text: string, { environment, results }: Wanted): Compiled {
    const { Variables } = this.#stage;
    const rewritten = this.#options.patches && withoutLiterals(text);
    const program = compileCel(rewritten ? rewritten.text : text, environment);
    if (program.type === 'error') {
      const { message } = program;
      const told = rewritten ? complaintAbout(text, rewritten, message) : message;
      return { type: 'error', message: `compilation failed: ${told}` };
    }
    const { resultType } = program;
    if (results && !isOneOf(results, resultType)) {
      const wanted = results.length === 1 ? results[0] : `one of [${results.join(' ')}]`;
      return { type: 'error', message: `must evaluate to ${wanted} but got ${resultType}` };
    }
    const expression = new Expression({ text, program, Variables });
    return { type: 'expression', expression, resultType };
  }

  /** The environment in which everything compiled so far can be named. */
  #nextStage(): Stage {
    const variables = this.#variables.filter(({ name }) => isIdentifier(name));
    class Variables {
      readonly activation: Activation;
      constructor(activation: Activation) {
        this.activation = activation;
      }
    }
    for (const variable of variables) {
      Object.defineProperty(Variables.prototype, variable.name, {
        get(this: Variables) {
          return variableValue(variable, this.activation);
        },
      });
    }
    const type = 'kubernetes.variables';
    const environment = this.#base.clone();
    environment.registerType(type, {
      ctor: Variables,
      fields: Object.fromEntries(variables.map(({ name, compiled }) => [name, fieldType(compiled)])),
    });
    return stageOf(extendCelEnvironment(environment, { variables: type }), Variables);
  }
}

interface Wanted {
  readonly environment: Environment;
  readonly results: readonly string[] | undefined;
}

function stageOf(plain: Environment, Variables: VariablesClass | undefined): Stage {
  return { plain, environment: extendCelEnvironment(plain, { authorizer: authorizerType }), Variables };
}

/** Other names are refused, but not before everything that is wrong is known. */
function isIdentifier(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name);
}

const simple = new Set(['bool', 'int', 'uint', 'double', 'string', 'bytes']);

function fieldType(compiled: Compiled): string {
  return compiled.type === 'expression' && simple.has(compiled.resultType) ? compiled.resultType : 'dyn';
}

function isOneOf(wanted: readonly string[], type: string): boolean {
  if (type === 'dyn' || wanted.includes(type) || (type === 'null' && wanted.includes('null_type')))
    return true;
  return type === 'list' && wanted.some((one) => one.startsWith('list'));
}

function variableValue({ name, compiled }: KnownVariable, activation: Activation): unknown {
  const known = activation.known.get(name);
  if (known) {
    if ('error' in known) throw known.error;
    return known.value;
  }
  try {
    if (compiled.type === 'error')
      throw new CelError(`composited variable "${name}" fails to compile: ${compiled.message}`);
    const value = compiled.expression.run(activation, activation.budget);
    activation.known.set(name, { value });
    return value;
  } catch (cause) {
    if (isSuspended(cause)) throw cause;
    const error = variableError(name, cause);
    activation.known.set(name, { error });
    throw error;
  }
}

function variableError(name: string, cause: unknown): unknown {
  if (!(cause instanceof CelError) || cause.message.startsWith('composited variable')) return cause;
  return new CelError(`composited variable "${name}" fails to evaluate: ${cause.message}`, { cause });
}

interface ExpressionParts {
  readonly text: string;
  readonly program: CelProgram;
  readonly Variables: VariablesClass | undefined;
}

/** One compiled expression. */
export class Expression {
  readonly #parts: ExpressionParts;

  constructor(parts: ExpressionParts) {
    this.#parts = parts;
  }

  get text(): string {
    return this.#parts.text;
  }

  /** Rejects with CelError, worded as Kubernetes does. Spends from the budget. */
  async evaluate(activation: Activation, budget: CostBudget): Promise<unknown> {
    activation.budget = budget;
    try {
      return await this.run(activation, budget);
    } catch (cause) {
      if (!(cause instanceof CelError) || cause.exceeded === 'budget') throw cause;
      throw new CelError(`expression '${this.text}' resulted in error: ${cause.message}`, { cause });
    }
  }

  /** The bare value; a promise of it where the authorizer has to be asked, and no other expression runs. */
  run(activation: Activation, budget: CostBudget): unknown {
    const { program, Variables } = this.#parts;
    const variables = Variables && { variables: new Variables(activation) };
    return program.evaluate({ ...activation.values, ...variables }, budget);
  }
}
