import { invalid } from '@shared/api/field-errors.ts';
import type { FieldError } from '@shared/api/status.ts';
import { compileJsonPath } from '@shared/kinds/apiextensions/json-path.ts';
import {
  type JsonSchema,
  propertiesOf,
  type ValidationRule,
  valuesOf,
} from '@shared/kinds/apiextensions/json-schema.ts';
import { type CelProgram, compileCel, createCelEnvironment, extendCelEnvironment } from '../cel/cel.ts';
import { type CelType, SchemaTypes } from '../cel/schema-types.ts';
import { cardinalityOf, sizeHint } from '../cel/size-hints.ts';
import { RuleCosts } from './rule-cost.ts';

/** A rule that compiles. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program: CelProgram;
  readonly message: CelProgram | undefined;
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
  readonly errors: readonly FieldError[];
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

interface Place {
  readonly field: string;
  /** How often at most the schema's values occur in one object; undefined where a list around them has no limit. */
  readonly times: number | undefined;
  readonly isResource: boolean;
}

class Compiler {
  readonly #ruled = new Map<JsonSchema, RuledSchema>();
  readonly #errors: FieldError[] = [];
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
      });
    if (schema.items) {
      const times = product(place.times, schema.maxItems);
      this.visit(schema.items, { field: `${place.field}.items`, times, isResource: false });
    }
    const values = valuesOf(schema);
    if (!values) return;
    const times = product(place.times, schema.maxProperties);
    this.visit(values, { field: `${place.field}.additionalProperties`, times, isResource: false });
  }

  finish(): CompiledRules {
    this.#errors.push(...this.#costs.total());
    return { ruled: this.#ruled, errors: this.#errors };
  }

  #compileAll(schema: JsonSchema, rules: readonly ValidationRule[], place: Place): void {
    const type = this.#types.typeOf(schema, place.isResource);
    const compiled = rules.flatMap((rule, i) => {
      const field = `${place.field}.x-kubernetes-validations[${i}]`;
      const one = this.#compile(rule, { type, field });
      if (one) this.#estimate(schema, one, { ...place, field });
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
        invalid(`${field}.optionalOldSelf`, true, 'may not be set if oldSelf is not used in rule'),
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
