import { Optional } from '@marcbachmann/cel-js';
import { forbidden, invalid, required } from '@shared/api/field-errors.ts';
import type { FieldError, FieldErrorType } from '@shared/api/status.ts';
import { type JsonSchema, type ValidationRule, valuesOf } from '@shared/kinds/apiextensions/json-schema.ts';
import { getOwn, isJsonObject, jsonEqual } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { CelError, outOfBudget } from '../cel/cel.ts';
import { type CostBudget, perObjectLimit } from '../cel/cost.ts';
import {
  type CompiledRule,
  type CompiledRules,
  compiledRules,
  hasRules,
  type RuledSchema,
} from './rule-compiler.ts';

/**
 * `x-kubernetes-validations`.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */

/** An object to be judged by CEL rules. */
export interface Judged {
  readonly object: JsonObject;
  /** The stored object, when it is a change. */
  readonly old: JsonObject | undefined;
  /** What is wrong with it already: rules are not asked about values of a wrong shape. */
  readonly errors: readonly FieldError[];
}

/** The compiled rules of a schema. */
export interface RuleSet {
  judge(judged: Judged): FieldError[];
}

/** The rules of a schema; undefined when it has none. Rules that do not compile are left out. */
export function rulesOf(schema: JsonSchema): RuleSet | undefined {
  if (!hasRules(schema)) return undefined;
  const { ruled } = compiledRules(schema);
  return { judge: (judged) => judge(schema, ruled, judged) };
}

/** Every complaint about the rules of a schema: those that do not compile, and those that may cost too much. */
export function ruleErrors(schema: JsonSchema, field: string): FieldError[] {
  if (!hasRules(schema)) return [];
  return compiledRules(schema).errors.map((error) => ({ ...error, field: `${field}${error.field}` }));
}

const shapeErrors = new Set<FieldErrorType>([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

function judge(
  schema: JsonSchema,
  ruled: CompiledRules['ruled'],
  { object, old, errors }: Judged,
): FieldError[] {
  if (errors.some(({ type }) => shapeErrors.has(type))) {
    const text =
      'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
    return [invalid('<nil>', null, text)];
  }
  const found: FieldError[] = [];
  walk(
    schema,
    { value: object, old, field: '' },
    { ruled, found, budget: { remaining: perObjectLimit }, isUpdate: old !== undefined },
  );
  return found;
}

interface Spot {
  readonly value: Json;
  readonly old: Json | undefined;
  readonly field: string;
}

interface Walk {
  readonly ruled: CompiledRules['ruled'];
  readonly found: FieldError[];
  readonly budget: CostBudget;
  readonly isUpdate: boolean;
}

function walk(schema: JsonSchema, spot: Spot, context: Walk): void {
  const { value, old, field } = spot;
  if (context.budget.remaining < 0) return;
  const ruled = context.ruled.get(schema);
  if (ruled && value !== null) applyRules(ruled, spot, context);
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items) return;
    const before = oldItemOf(schema, old);
    for (const [i, item] of value.entries())
      walk(items, { value: item, old: before(item), field: `${field}[${i}]` }, context);
    return;
  }
  if (!isJsonObject(value)) return;
  const values = valuesOf(schema);
  for (const [key, member] of Object.entries(value)) {
    const property = schema.properties && getOwn(schema.properties, key);
    const inner = property ?? values;
    if (!inner || member === undefined) continue;
    const before = isJsonObject(old) ? getOwn(old, key) : undefined;
    const at = property ? (field === '' ? key : `${field}.${key}`) : `${field}[${key}]`;
    walk(inner, { value: member, old: before, field: at }, context);
  }
}

/** Items of keyed lists have a past; those of others do not. */
function oldItemOf(schema: JsonSchema, old: Json | undefined): (item: Json) => Json | undefined {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old)) return () => undefined;
  const keyOf = (item: Json) =>
    JSON.stringify(keys.map((key) => (isJsonObject(item) ? (getOwn(item, key) ?? null) : null)));
  const byKey = new Map(old.map((item: Json) => [keyOf(item), item]));
  return (item) => byKey.get(keyOf(item));
}

function applyRules({ type, rules }: RuledSchema, spot: Spot, { budget, found }: Walk): void {
  if (rules.length === 0) return;
  const outcomes = new Outcomes(spot, budget);
  if (budget.remaining === 0) outcomes.stop(outOfBudget);
  const self = type.convert(spot.value);
  const oldSelf = spot.old === undefined || spot.old === null ? undefined : type.convert(spot.old);
  const isUnchanged = spot.old !== undefined && jsonEqual(spot.value, spot.old);
  for (const compiled of rules) {
    if (budget.remaining < 0) break;
    const { rule, isTransition } = compiled;
    if (isTransition && oldSelf === undefined && !rule.optionalOldSelf) continue;
    const before = rule.optionalOldSelf ? optionalOf(oldSelf) : (oldSelf ?? self);
    // What was wrong before and has not been touched is let pass.
    outcomes.ask(compiled, { self, oldSelf: before }, isUnchanged && !isTransition);
  }
  found.push(...outcomes.errors);
}

function optionalOf(value: unknown): unknown {
  return value === undefined ? Optional.none() : Optional.of(value);
}

type Variables = Readonly<Record<string, unknown>>;

/** What the rules of one place say about it. Source: apiextensions, `validateExpressions`. */
class Outcomes {
  readonly errors: FieldError[] = [];
  readonly #spot: Spot;
  readonly #budget: CostBudget;

  constructor(spot: Spot, budget: CostBudget) {
    this.#spot = spot;
    this.#budget = budget;
  }

  ask(compiled: CompiledRule, variables: Variables, isLetPass: boolean): void {
    const { rule, program } = compiled;
    try {
      if (program.evaluate(variables, this.#budget) === true) return;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      this.#fail(rule, error);
      return;
    }
    const text = this.#messageOf(compiled, variables);
    if (text === undefined || isLetPass) return;
    const { field } = this.#spot;
    const at = rule.fieldPath ? `${field}${rule.fieldPath}` : field;
    this.errors.push(
      withReason(rule.reason, { field: field === '' ? at.replace(/^\./, '') : at, shown: this.#shown, text }),
    );
  }

  /** Nothing is asked any more of this object. */
  stop(text: string): void {
    this.#add(text);
    this.#budget.remaining = -1;
  }

  get #shown(): string {
    return typeOfValue(this.#spot.value);
  }

  #add(text: string): void {
    this.errors.push(invalid(this.#spot.field, this.#shown, text));
  }

  #fail(rule: ValidationRule, { message, exceeded }: CelError): void {
    const text = rule.message || rule.rule.trim();
    if (exceeded === 'budget') this.stop(message);
    else if (exceeded === 'expression')
      this.stop(
        `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${text}`,
      );
    else if (message.startsWith('no such overload'))
      this.#add(
        `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${text}`,
      );
    else this.#add(`${message} evaluating rule: ${text}`);
  }

  /** Undefined when that is where everything ends. */
  #messageOf({ rule, message }: CompiledRule, variables: Variables): string | undefined {
    const fallback = rule.message || `failed rule: ${rule.rule.trim()}`;
    if (!message) return fallback;
    try {
      const text = message.evaluate(variables, this.#budget);
      if (typeof text !== 'string' || text.trim() === '' || text.includes('\n')) return fallback;
      return text.trim();
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      if (!error.exceeded) return fallback;
      const text = JSON.stringify(rule.messageExpression);
      this.stop(
        error.exceeded === 'budget'
          ? 'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run'
          : `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${text}`,
      );
      return undefined;
    }
  }
}

function withReason(
  reason: string | undefined,
  { field, shown, text }: { readonly field: string; readonly shown: string; readonly text: string },
): FieldError {
  switch (reason) {
    case 'FieldValueRequired':
      return required(field, text);
    case 'FieldValueForbidden':
      return forbidden(field, text);
    case 'FieldValueDuplicate':
      return { type: 'FieldValueDuplicate', field, message: `Duplicate value: ${JSON.stringify(shown)}` };
    default:
      return invalid(field, shown, text);
  }
}

/** Kubernetes shows the type of objects and lists rather than all of them. */
function typeOfValue(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (isJsonObject(value)) return 'object';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}
