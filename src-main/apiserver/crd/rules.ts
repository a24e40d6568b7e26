import { Optional } from '@marcbachmann/cel-js';
import { forbidden, invalid, required } from '@shared/api/field-errors.ts';
import type { FieldError, FieldErrorType } from '@shared/api/status.ts';
import {
  type JsonSchema,
  propertiesOf,
  type ValidationRule,
  valuesOf,
} from '@shared/kinds/apiextensions/json-schema.ts';
import { getOwn, isJsonObject, jsonEqual } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import {
  CelError,
  type CelProgram,
  compileCel,
  createCelEnvironment,
  extendCelEnvironment,
} from '../cel/cel.ts';
import { type CostBudget, perObjectLimit } from '../cel/cost.ts';
import { type CelType, SchemaTypes } from '../cel/schema-types.ts';
import { compileJsonPath } from './json-path.ts';
import { estimatedCost, perRuleEstimateLimit, perSchemaEstimateLimit } from './rule-cost.ts';

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

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program: CelProgram;
  readonly message: CelProgram | undefined;
  /** Compares with `oldSelf`. */
  readonly isTransition: boolean;
}

interface RuledSchema {
  readonly type: CelType;
  readonly rules: readonly CompiledRule[];
}

interface Compiled {
  readonly ruled: ReadonlyMap<JsonSchema, RuledSchema>;
  readonly errors: readonly FieldError[];
}

const cache = new WeakMap<JsonSchema, Compiled>();

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

function hasRules(schema: JsonSchema): boolean {
  if ((schema['x-kubernetes-validations']?.length ?? 0) > 0) return true;
  const parts = [...propertiesOf(schema).map(([, part]) => part), schema.items, valuesOf(schema)];
  return parts.some((part) => part !== undefined && hasRules(part));
}

function compiledRules(schema: JsonSchema): Compiled {
  const known = cache.get(schema);
  if (known) return known;
  const compiler = new Compiler();
  compiler.declare(schema, true);
  compiler.visit(schema, { field: '', times: 1, isResource: true });
  const compiled = compiler.finish();
  cache.set(schema, compiled);
  return compiled;
}

interface Place {
  readonly field: string;
  /** How often at most the schema's values occur in one object. */
  readonly times: number;
  readonly isResource: boolean;
}

class Compiler {
  readonly #ruled = new Map<JsonSchema, RuledSchema>();
  readonly #errors: FieldError[] = [];
  readonly #costs: { readonly field: string; readonly cost: number }[] = [];
  readonly #environment = createCelEnvironment({});
  readonly #types = new SchemaTypes(this.#environment);

  /** Types first: an environment takes no more of them once rules have been compiled in it. */
  declare(schema: JsonSchema, isResource: boolean): void {
    if ((schema['x-kubernetes-validations']?.length ?? 0) > 0) this.#types.typeOf(schema, isResource);
    for (const [, property] of propertiesOf(schema)) this.declare(property, false);
    for (const part of [schema.items, valuesOf(schema)]) if (part) this.declare(part, false);
  }

  visit(schema: JsonSchema, place: Place): void {
    const rules = schema['x-kubernetes-validations'] ?? [];
    if (rules.length > 0) this.#compileAll(schema, rules, place);
    for (const [key, property] of propertiesOf(schema))
      this.visit(property, {
        field: `${place.field}.properties[${key}]`,
        times: place.times,
        isResource: false,
      });
    if (schema.items) {
      const times = place.times * (schema.maxItems ?? maxItemsGuess);
      this.visit(schema.items, { field: `${place.field}.items`, times, isResource: false });
    }
    const values = valuesOf(schema);
    if (!values) return;
    const times = place.times * (schema.maxProperties ?? maxItemsGuess);
    this.visit(values, { field: `${place.field}.additionalProperties`, times, isResource: false });
  }

  finish(): Compiled {
    const total = this.#costs.reduce((sum, { cost }) => sum + cost, 0);
    if (total > perSchemaEstimateLimit) {
      for (const { field, cost } of this.#costs) {
        if (cost > perSchemaEstimateLimit / 100)
          this.#errors.push(
            forbidden(
              `${field}.rule`,
              'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
            ),
          );
      }
      this.#errors.push(
        forbidden(
          '',
          `x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of ${factor(total / perSchemaEstimateLimit)} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`,
        ),
      );
    }
    return { ruled: this.#ruled, errors: this.#errors };
  }

  #compileAll(schema: JsonSchema, rules: readonly ValidationRule[], place: Place): void {
    const type = this.#types.typeOf(schema, place.isResource);
    const compiled = rules.flatMap((rule, i) => {
      const field = `${place.field}.x-kubernetes-validations[${i}]`;
      const one = this.#compile(rule, { type, field });
      if (one) this.#estimate(schema, one, { times: place.times, field });
      return one ? [one] : [];
    });
    this.#ruled.set(schema, { type, rules: compiled });
  }

  #compile(
    rule: ValidationRule,
    { type, field }: { readonly type: CelType; readonly field: string },
  ): CompiledRule | undefined {
    const oldSelf = rule.optionalOldSelf ? `optional<${type.name}>` : type.name;
    const environment = extendCelEnvironment(this.#environment, { self: type.name, oldSelf });
    const program = compileCel(rule.rule ?? '', environment);
    if (program.type === 'error') {
      this.#errors.push(invalid(`${field}.rule`, rule.rule, `compilation failed: ${program.message}`));
      return undefined;
    }
    if (program.resultType !== 'bool' && program.resultType !== 'dyn') {
      this.#errors.push(invalid(`${field}.rule`, rule.rule, 'cel expression must evaluate to a bool'));
      return undefined;
    }
    const isTransition = /\boldSelf\b/.test(rule.rule ?? '');
    if (rule.optionalOldSelf && !isTransition)
      this.#errors.push(
        invalid(`${field}.optionalOldSelf`, true, 'option set to true, but rule does not use oldSelf'),
      );
    if (rule.fieldPath && !compileJsonPath(rule.fieldPath))
      this.#errors.push(invalid(`${field}.fieldPath`, rule.fieldPath, 'fieldPath must be a valid path'));
    const message = rule.messageExpression ? compileCel(rule.messageExpression, environment) : undefined;
    if (message?.type === 'error')
      this.#errors.push(
        invalid(
          `${field}.messageExpression`,
          rule.messageExpression,
          `messageExpression compilation failed: ${message.message}`,
        ),
      );
    else if (message && message.resultType !== 'string' && message.resultType !== 'dyn')
      this.#errors.push(
        invalid(
          `${field}.messageExpression`,
          rule.messageExpression,
          'messageExpression must evaluate to a string',
        ),
      );
    return { rule, program, isTransition, message: message?.type === 'program' ? message : undefined };
  }

  #estimate(schema: JsonSchema, { program }: CompiledRule, place: Pick<Place, 'times' | 'field'>): void {
    const cost = estimatedCost(program.expression, schema) * place.times;
    this.#costs.push({ field: place.field, cost });
    if (cost > perRuleEstimateLimit)
      this.#errors.push(
        forbidden(
          `${place.field}.rule`,
          `estimated rule cost exceeds budget by factor of ${factor(cost / perRuleEstimateLimit)} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`,
        ),
      );
  }
}

/** What a list without `maxItems` is taken to hold at most: as many as fit in a request, each of a few bytes. */
const maxItemsGuess = 100_000;

function factor(times: number): string {
  return times > 100 ? 'more than 100x' : `${times.toFixed(1)}x`;
}

const shapeErrors = new Set<FieldErrorType>([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

function judge(schema: JsonSchema, ruled: Compiled['ruled'], { object, old, errors }: Judged): FieldError[] {
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
  readonly ruled: Compiled['ruled'];
  readonly found: FieldError[];
  readonly budget: CostBudget;
  readonly isUpdate: boolean;
}

function walk(schema: JsonSchema, spot: Spot, context: Walk): void {
  const { value, old, field } = spot;
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
  const self = type.convert(spot.value);
  const oldSelf = spot.old === undefined || spot.old === null ? undefined : type.convert(spot.old);
  const isUnchanged = spot.old !== undefined && jsonEqual(spot.value, spot.old);
  for (const compiled of rules) {
    const { rule, isTransition } = compiled;
    if (isTransition && oldSelf === undefined && !rule.optionalOldSelf) continue;
    const before = rule.optionalOldSelf ? optionalOf(oldSelf) : (oldSelf ?? self);
    const error = ruleError(compiled, { spot, variables: { self, oldSelf: before }, budget });
    // What was wrong before and has not been touched is let pass.
    if (error && !(isUnchanged && !isTransition)) found.push(error);
  }
}

function optionalOf(value: unknown): unknown {
  return value === undefined ? Optional.none() : Optional.of(value);
}

interface Question {
  readonly spot: Spot;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly budget: CostBudget;
}

function ruleError(compiled: CompiledRule, { spot, variables, budget }: Question): FieldError | undefined {
  const { rule, program } = compiled;
  const shown = typeOfValue(spot.value);
  try {
    if (program.evaluate(variables, budget) === true) return undefined;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    if (error.isCostExceeded)
      return invalid(
        spot.field,
        shown,
        'validation failed due to running out of cost budget, no further validation rules will be run',
      );
    const text = `rule evaluation error: ${error.message} evaluating rule: ${ruleText(rule)}`;
    return invalid(spot.field, shown, text.replace('rule evaluation error: ', ''));
  }
  const text = messageOf(compiled, { spot, variables, budget });
  const field = rule.fieldPath ? `${spot.field}${rule.fieldPath}` : spot.field;
  return withReason(rule.reason, {
    field: spot.field === '' ? field.replace(/^\./, '') : field,
    shown,
    text,
  });
}

function ruleText({ rule, message }: ValidationRule): string {
  return message || rule.trim();
}

function messageOf({ rule, message }: CompiledRule, { variables, budget }: Question): string {
  const fallback = rule.message || `failed rule: ${rule.rule.trim()}`;
  if (!message) return fallback;
  try {
    const text = message.evaluate(variables, budget);
    if (typeof text !== 'string' || text.trim() === '' || text.includes('\n')) return fallback;
    return text;
  } catch (error) {
    if (error instanceof CelError) return fallback;
    throw error;
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
