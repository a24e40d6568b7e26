import { invalid } from '@shared/api/field-errors.ts';
import type { FieldError } from '@shared/api/status.ts';
import { resolveFieldPath } from '@shared/kinds/apiextensions/field-path.ts';
import {
  type JsonSchema,
  propertiesOf,
  type ValidationRule,
  valuesOf,
} from '@shared/kinds/apiextensions/json-schema.ts';
import { type CelProgram, compileCel, createCelEnvironment, extendCelEnvironment } from '../cel/cel.ts';
import { type CelType, SchemaTypes } from '../cel/schema-types.ts';
import { cardinalityOf, sizeHint } from '../cel/size-hints.ts';
import { mentions } from '../cel/tokens.ts';
import { RuleCosts } from './rule-cost.ts';

/** A rule that compiles. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program: CelProgram;
  readonly message: CelProgram | undefined;
  /** Where within the schema's value complaints belong; '': the value itself. */
  readonly fieldPath: string;
  /** Compares with `oldSelf`. */
  readonly isTransition: boolean;
}

/** A schema that states rules of its own. */
export interface RuledSchema {
  readonly type: CelType;
  readonly rules: readonly CompiledRule[];
}

/** What a schema and the schemas within it state, and what is wrong with that. */
export interface CompiledRules {
  readonly ruled: ReadonlyMap<JsonSchema, RuledSchema>;
  readonly errors: readonly RuleError[];
}

/** A complaint about rules. Where it is about another place as well, its message ends with that. */
interface RuleError extends FieldError {
  /** The field of the list whose items have no past. */
  readonly within?: string;
}

/**
 * Complaints about the rules of a schema at `field`, but for those about places at or around which something else is
 * wrong: what a rule means is unclear there.
 */
export function ruleErrors(schema: JsonSchema, field: string, others: readonly FieldError[]): FieldError[] {
  if (!hasRules(schema)) return [];
  return compiledRules(schema).errors.flatMap(({ within, ...error }) => {
    const at = `${field}${error.field}`;
    const place = at.replace(/\.x-kubernetes-validations\[.*$/, '');
    if (others.some((other) => isWithin(other.field, place))) return [];
    return [
      { ...error, field: at, message: `${error.message}${within === undefined ? '' : field + within}` },
    ];
  });
}

function isWithin(field: string, place: string): boolean {
  return field.startsWith(place) && /^(?:[.[]|$)/.test(field.slice(place.length));
}

const cache = new WeakMap<JsonSchema, CompiledRules>();

/** Whether the schema or one within it states rules. */
export function hasRules(schema: JsonSchema): boolean {
  if ((schema['x-kubernetes-validations']?.length ?? 0) > 0) return true;
  const parts = [...propertiesOf(schema).map(([, part]) => part), schema.items, valuesOf(schema)];
  return parts.some((part) => part !== undefined && hasRules(part));
}

/**
 * Compiles the rules of a schema, once for each schema object. Fields of errors begin at the schema. Rules that may
 * cost too much are errors too.
 */
export function compiledRules(schema: JsonSchema): CompiledRules {
  const known = cache.get(schema);
  if (known) return known;
  const compiler = new Compiler();
  compiler.declare(schema, true);
  compiler.visit(schema, { field: '', times: 1, isResource: true });
  const compiled = compiler.finish();
  cache.set(schema, compiled);
  return compiled;
}

interface RuleContext {
  readonly schema: JsonSchema;
  readonly type: CelType;
  readonly place: Place;
}

interface Place {
  readonly field: string;
  /** How often at most the schema's values occur in one object; undefined where a list around them has no limit. */
  readonly times: number | undefined;
  readonly isResource: boolean;
  /** The list around it whose items have no past, if there is one. */
  readonly pastless?: string | undefined;
}

class Compiler {
  readonly #ruled = new Map<JsonSchema, RuledSchema>();
  readonly #errors: RuleError[] = [];
  readonly #costs = new RuleCosts();
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
        pastless: place.pastless,
      });
    if (schema.items) {
      const times = product(place.times, schema.maxItems);
      const isKeyed = schema['x-kubernetes-list-type'] === 'map';
      const pastless = place.pastless ?? (isKeyed ? undefined : place.field);
      this.visit(schema.items, { field: `${place.field}.items`, times, isResource: false, pastless });
    }
    const values = valuesOf(schema);
    if (!values) return;
    const times = product(place.times, schema.maxProperties);
    const field = `${place.field}.additionalProperties`;
    this.visit(values, { field, times, isResource: false, pastless: place.pastless });
  }

  finish(): CompiledRules {
    this.#errors.push(...this.#costs.total());
    return { ruled: this.#ruled, errors: this.#errors };
  }

  #compileAll(schema: JsonSchema, rules: readonly ValidationRule[], place: Place): void {
    const type = this.#types.typeOf(schema, place.isResource);
    const compiled = rules.flatMap((rule, i) => {
      const field = `${place.field}.x-kubernetes-validations[${i}]`;
      const one = this.#compile(rule, { schema, type, place: { ...place, field } });
      if (one) this.#estimate(schema, one, { ...place, field });
      return one ? [one] : [];
    });
    this.#ruled.set(schema, { type, rules: compiled });
  }

  #compile(rule: ValidationRule, { schema, type, place }: RuleContext): CompiledRule | undefined {
    const { field, pastless } = place;
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
    const isTransition = mentions(rule.rule, 'oldSelf');
    if (isTransition && pastless !== undefined) {
      const text = 'oldSelf cannot be used on the uncorrelatable portion of the schema within ';
      this.#errors.push({ ...invalid(`${field}.rule`, rule.rule, text), within: pastless });
    }
    if (rule.optionalOldSelf !== undefined && !isTransition)
      this.#errors.push(
        invalid(
          `${field}.optionalOldSelf`,
          rule.optionalOldSelf,
          'may not be set if oldSelf is not used in rule',
        ),
      );
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
    const found = resolveFieldPath(rule.fieldPath ?? '', schema, { allowsBrackets: true });
    return {
      rule,
      program,
      isTransition,
      message: message?.type === 'program' ? message : undefined,
      fieldPath: 'problem' in found ? '' : found.path,
    };
  }

  #estimate(schema: JsonSchema, { program, message }: CompiledRule, place: Place): void {
    const hint = sizeHint(schema, place.isResource);
    const times = place.times ?? cardinalityOf(hint);
    const note = (field: string, one: CelProgram, what: string) =>
      this.#errors.push(...this.#costs.add(field, one.estimate(hint) * times, what));
    note(`${place.field}.rule`, program, 'estimated rule cost');
    if (message) note(`${place.field}.messageExpression`, message, 'estimated messageExpression cost');
  }
}

function product(times: number | undefined, limit: number | undefined): number | undefined {
  return times === undefined || limit === undefined ? undefined : times * limit;
}
