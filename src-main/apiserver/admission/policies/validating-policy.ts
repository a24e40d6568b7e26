import type { StatusReason } from '@shared/api/status.ts';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { utf8Length } from '@shared/lib/utf8.ts';
import { CelError } from '../../cel/cel.ts';
import type { CostBudget } from '../../cel/cost.ts';
import { type MatchCondition, matchConditions } from '../matching/conditions.ts';
import { type Activation, type Compiled, Expressions } from '../matching/expressions.ts';
import type { ParamKind } from './params.ts';
import { compileMatch, type PolicyMatch } from './policy-match.ts';

export type ValidatingPolicy = DeepReadonly<ValidatingAdmissionPolicy>;
export type ValidatingBinding = DeepReadonly<ValidatingAdmissionPolicyBinding>;
type Validation = NonNullable<NonNullable<ValidatingPolicy['spec']>['validations']>[number];

/** What all expressions of a policy may cost for one request. */
const policyBudget = 10_000_000;
const maxMessageBytes = 5 * 1024;
const maxAnnotationLength = 10 * 1024;

/** A refusal by one expression of a policy. */
export interface Denial {
  /** Which validation; of the policy as a whole: 0. */
  readonly index: number;
  readonly message: string;
  readonly reason: StatusReason;
}

export interface Judgement {
  readonly denials: readonly Denial[];
  readonly annotations: readonly { readonly key: string; readonly value: string }[];
  /** Annotations that could not be made: refusals whatever a binding's actions are. */
  readonly errors: readonly string[];
}

interface Check {
  readonly validation: Validation;
  readonly compiled: Compiled;
  readonly message: Compiled | undefined;
}

/** A policy, compiled. */
export class CompiledValidatingPolicy {
  readonly name: string;
  readonly failsOpen: boolean;
  readonly paramKind: ParamKind | undefined;
  readonly match: PolicyMatch;
  readonly #conditions: readonly MatchCondition[];
  readonly #checks: readonly Check[];
  readonly #annotations: readonly { readonly key: string; readonly compiled: Compiled }[];

  constructor({ metadata, spec = {} }: ValidatingPolicy) {
    const { paramKind, variables, validations = [], auditAnnotations = [] } = spec;
    this.name = metadata?.name ?? '';
    this.failsOpen = spec.failurePolicy === 'Ignore';
    this.paramKind = paramKind;
    this.match = compileMatch(spec.matchConstraints);
    const expressions = new Expressions({
      hasParams: paramKind !== undefined,
      ...(variables && { variables }),
    });
    this.#conditions = compileConditions(expressions, spec.matchConditions);
    this.#checks = validations.map((validation) => ({
      validation,
      compiled: expressions.compile(validation.expression, ['bool']),
      message: validation.messageExpression
        ? expressions.compileMessage(validation.messageExpression)
        : undefined,
    }));
    this.#annotations = auditAnnotations.map(({ key, valueExpression }) => ({
      key,
      compiled: expressions.compile(valueExpression, ['string', 'null_type']),
    }));
  }

  async judge(activation: Activation): Promise<Judgement> {
    const nothing: Judgement = { denials: [], annotations: [], errors: [] };
    if (this.#conditions.length > 0) {
      const result = await matchConditions(this.#conditions, activation);
      if ('error' in result)
        return this.failsOpen ? nothing : { ...nothing, denials: [failed(result.error)] };
      if (!result.isMatch) return nothing;
    }
    try {
      return {
        denials: await this.#denials(activation),
        ...(await this.#annotate(activation, { remaining: policyBudget })),
      };
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      return this.failsOpen ? nothing : { ...nothing, denials: [failed(error.message)] };
    }
  }

  /** Rejects with a CelError when the budget is used up. */
  async #denials(activation: Activation): Promise<readonly Denial[]> {
    const budget: CostBudget = { remaining: policyBudget };
    const denials: Denial[] = [];
    for (const [index, check] of this.#checks.entries()) {
      const denial = await this.#denial(check, { index, activation, budget });
      if (denial) denials.push(denial);
    }
    return denials;
  }

  async #denial(
    { validation, compiled, message }: Check,
    { index, activation, budget }: Evaluation,
  ): Promise<Denial | undefined> {
    const { reason = 'Invalid' } = validation;
    try {
      if (compiled.type === 'error') throw new CelError(`compilation error: ${compiled.message}`);
      if ((await compiled.expression.evaluate(activation, budget)) === true) return undefined;
    } catch (error) {
      if (!(error instanceof CelError) || error.exceeded === 'budget') throw error;
      return this.failsOpen ? undefined : failed(error.message, index);
    }
    const own = await messageOf(message, { index, activation, budget });
    const text = own || validation.message?.trim() || `failed expression: ${validation.expression.trim()}`;
    return { index, message: text, reason: reason as StatusReason };
  }

  async #annotate(activation: Activation, budget: CostBudget): Promise<Omit<Judgement, 'denials'>> {
    const annotations: { key: string; value: string }[] = [];
    const errors: string[] = [];
    for (const { key, compiled } of this.#annotations) {
      try {
        if (compiled.type === 'error') throw new CelError(`compilation error: ${compiled.message}`);
        const value = await compiled.expression.evaluate(activation, budget);
        if (value === null) continue;
        if (typeof value !== 'string')
          throw new CelError(
            `valueExpression '${compiled.expression.text}' resulted in unsupported return type: ${typeof value}. Return type must be either string or null.`,
          );
        const text = value.trim();
        if (text !== '') annotations.push({ key, value: text.slice(0, maxAnnotationLength) });
      } catch (error) {
        if (!(error instanceof CelError) || error.exceeded === 'budget') throw error;
        if (!this.failsOpen) errors.push(error.message);
      }
    }
    return { annotations, errors };
  }
}

interface Evaluation {
  readonly index: number;
  readonly activation: Activation;
  readonly budget: CostBudget;
}

function failed(message: string, index = 0): Denial {
  return { index, message, reason: 'Invalid' };
}

/** '' when there is no message of use. */
async function messageOf(message: Compiled | undefined, { activation, budget }: Evaluation): Promise<string> {
  if (message?.type !== 'expression') return '';
  try {
    const value = await message.expression.evaluate(activation, budget);
    const text = typeof value === 'string' ? value.trim() : '';
    return utf8Length(text) > maxMessageBytes || text.includes('\n') ? '' : text;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    if (error.exceeded === 'budget')
      throw new CelError(`failed messageExpression: ${error.message}`, { exceeded: 'budget' });
    return '';
  }
}

/** What does not compile is refused when it is configured; here it counts as failing. */
export function compileConditions(
  expressions: Expressions,
  conditions: readonly { readonly name: string; readonly expression: string }[] = [],
): readonly MatchCondition[] {
  return conditions.flatMap(({ name, expression }) => {
    const compiled = expressions.compile(expression, ['bool']);
    return compiled.type === 'expression' ? [{ name, expression: compiled.expression }] : [];
  });
}
