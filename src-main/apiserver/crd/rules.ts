import { Optional } from '@marcbachmann/cel-js';
import { duplicate, forbidden, invalid, required } from '@shared/api/field-errors.ts';
import type { FieldError, FieldErrorType } from '@shared/api/status.ts';
import { type JsonSchema, type ValidationRule, valuesOf } from '@shared/kinds/apiextensions/json-schema.ts';
import { invalidUnseen } from '@shared/kinds/validation.ts';
import { getOwn, isJsonObject, jsonEqual } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { utf8Length } from '@shared/lib/utf8.ts';
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
    { value: object, old, field: '', isUnchanged: old !== undefined && jsonEqual(object, old) },
    { ruled, found, budget: { remaining: perObjectLimit } },
  );
  return found;
}

interface Spot {
  readonly value: Json;
  readonly old: Json | undefined;
  readonly field: string;
  /** Nothing has changed here, or, where items have no past, around it. */
  readonly isUnchanged: boolean;
}

interface Walk {
  readonly ruled: CompiledRules['ruled'];
  readonly found: FieldError[];
  readonly budget: CostBudget;
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
      walk(items, within(spot, { value: item, old: before(item), field: `${field}[${i}]` }), context);
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
    walk(inner, within(spot, { value: member, old: before, field: at }), context);
  }
}

function within({ isUnchanged }: Spot, inner: Omit<Spot, 'isUnchanged'>): Spot {
  const { value, old } = inner;
  return { ...inner, isUnchanged: isUnchanged || (old !== undefined && jsonEqual(value, old)) };
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
  for (const compiled of rules) {
    if (budget.remaining < 0) break;
    const { rule, isTransition } = compiled;
    if (isTransition && oldSelf === undefined && !rule.optionalOldSelf) continue;
    const before = rule.optionalOldSelf ? optionalOf(oldSelf) : (oldSelf ?? self);
    outcomes.ask(compiled, { self, oldSelf: before });
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

  /** What was wrong before and has not been touched is told as a warning. */
  ask(compiled: CompiledRule, variables: Variables): void {
    const { rule, program, isTransition } = compiled;
    try {
      if (program.evaluate(variables, this.#budget) === true) return;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      this.#fail(rule, error);
      return;
    }
    const isWarning = this.#spot.isUnchanged && !isTransition;
    const path = compiled.fieldPath;
    const { field, value } = this.#spot;
    const at = path === '' || field === '' ? `${field}${path}` : `${field}.${path}`;
    const { text, isLast } = this.#messageOf(compiled, variables);
    const error = isLast
      ? invalid(at, this.#shown, text)
      : withReason(rule.reason, { field: at, value, text });
    this.errors.push(isWarning ? { ...error, isWarning } : error);
    if (isLast) this.#budget.remaining = -1;
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

  /** `isLast`: the message could not be made, and with that everything ends. */
  #messageOf(
    { rule, message }: CompiledRule,
    variables: Variables,
  ): { readonly text: string; readonly isLast: boolean } {
    const fallback = { text: rule.message?.trim() || `failed rule: ${rule.rule.trim()}`, isLast: false };
    if (!message) return fallback;
    try {
      const value = message.evaluate(variables, this.#budget);
      const text = typeof value === 'string' ? value.trim() : '';
      const isFit = text !== '' && !text.includes('\n') && utf8Length(text) <= maxMessageBytes;
      return isFit ? { text, isLast: false } : fallback;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      if (!error.exceeded) return fallback;
      const expression = JSON.stringify(rule.messageExpression);
      const text =
        error.exceeded === 'budget'
          ? 'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run'
          : `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${expression}`;
      return { text, isLast: true };
    }
  }
}

const maxMessageBytes = 5 * 1024;

/** Values are shown; objects and lists are not. */
function withReason(
  reason: string | undefined,
  { field, value, text }: { readonly field: string; readonly value: Json; readonly text: string },
): FieldError {
  const isWhole = typeof value === 'object';
  switch (reason) {
    case 'FieldValueRequired':
      return required(field, text);
    case 'FieldValueForbidden':
      return forbidden(field, text);
    case 'FieldValueDuplicate':
      return isWhole ? { type: reason, field, message: 'Duplicate value' } : duplicate(field, value);
    default:
      return isWhole ? invalidUnseen(field, text) : invalid(field, value, text);
  }
}

/** Kubernetes shows the type of objects and lists rather than all of them. */
function typeOfValue(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (isJsonObject(value)) return 'object';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}
