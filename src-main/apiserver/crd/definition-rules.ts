import { invalid } from '@shared/api/field-errors.ts';
import type { FieldError } from '@shared/api/status.ts';
import { placedSchemas } from '@shared/kinds/apiextensions/custom-resource-definition/common-parts.ts';
import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import { schemaOf, type UncheckedCrd } from '@shared/kinds/apiextensions/custom-resource-definition/names.ts';
import { schemaFaults } from '@shared/kinds/apiextensions/custom-resource-definition/schema-validation.ts';
import {
  type JsonSchema,
  propertiesOf,
  schemaParts,
  valuesOf,
} from '@shared/kinds/apiextensions/json-schema.ts';
import { isJsonObject, jsonEqual } from '@shared/lib/json.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import type { AdmissionModule } from '../admission/admission.ts';
import { compilePattern } from '../cel/regex.ts';
import { withDefaults } from './defaults.ts';
import { prune } from './prune.ts';
import { ruleErrors } from './rule-compiler.ts';
import { rulesOf } from './rules.ts';
import { validateBySchema } from './validate.ts';

/**
 * What of a definition only the server can judge, since it runs it: patterns, rules in CEL and default values. A schema
 * that stays as it is is not judged again.
 */
export const definitionRules: AdmissionModule = {
  name: 'CustomResourceDefinitionRules',
  handles: ({ kind, subresource, operation }) =>
    kind === crdKind && subresource === '' && operation !== 'DELETE',
  check(object, { old }) {
    const before = (old as unknown as UncheckedCrd | undefined)?.spec?.versions ?? [];
    return placedSchemas(object as unknown as UncheckedCrd).flatMap(({ schema, field, versions }) => {
      const isKnown = versions.every(({ name }) => {
        const known = before.find((version) => version.name === name);
        return known && jsonEqual(schemaOf(known), schema);
      });
      return isKnown ? [] : schemaErrors(schema, field);
    });
  },
};

/** Rules are compiled once it is clear what they are about. */
function schemaErrors(schema: JsonSchema, field: string): FieldError[] {
  const faults = schemaFaults(schema, field);
  const patterns = patternErrors(schema, field);
  if (!faults.isReadable || faults.structural.length + patterns.length > 0) return patterns;
  const defaults = defaultErrors(schema, field);
  return defaults.length > 0 ? defaults : ruleErrors(schema, field, faults.schema);
}

function patternErrors(schema: JsonSchema, field: string): FieldError[] {
  const inner = schemaParts(schema).flatMap(([name, part]) => patternErrors(part, `${field}.${name}`));
  const { pattern } = schema;
  if (!pattern) return inner;
  try {
    compilePattern(pattern);
    return inner;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      invalid(`${field}.pattern`, pattern, `must be a valid regular expression, but isn't: ${why}`),
      ...inner,
    ];
  }
}

/** Defaults must hold to their own schema, and have no field it does not know. */
function defaultErrors(schema: JsonSchema, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const value = schema.default;
  if (value !== undefined) {
    const at = `${field}.default`;
    const wrapped = { value };
    const around: JsonSchema = { type: 'object', properties: { value: schema } };
    const pruned = prune(around, wrapped);
    if (!jsonEqual(pruned, wrapped)) errors.push(invalid(at, value, 'must not have unknown fields'));
    const complete = withDefaults({ type: 'object', properties: { value: withoutDefault(schema) } }, wrapped);
    const found = validateBySchema(around, isJsonObject(complete) ? complete : wrapped);
    const broken = found.length > 0 ? found : ruleBreaks(around, wrapped);
    for (const { field: place, message, ...error } of broken)
      errors.push({
        ...error,
        field: `${at}${place.replace(/^value/, '')}`,
        message: message.replace(/: value\.?(\S*) in body/, ': $1 in body'),
      });
  }
  for (const [key, property] of propertiesOf(schema))
    errors.push(...defaultErrors(property, `${field}.properties[${key}]`));
  if (schema.items) errors.push(...defaultErrors(schema.items, `${field}.items`));
  const values = valuesOf(schema);
  return values ? [...errors, ...defaultErrors(values, `${field}.additionalProperties`)] : errors;
}

/** Defaults hold to the rules as well, beside themselves and where there was nothing before. */
function ruleBreaks(schema: JsonSchema, object: JsonObject): FieldError[] {
  const rules = rulesOf(schema);
  if (!rules) return [];
  const beside = rules.judge({ object, old: object, errors: [] });
  const found = beside.length > 0 ? beside : rules.judge({ object, old: undefined, errors: [] });
  return found.map(({ isWarning: _, ...error }) => error);
}

function withoutDefault({ default: _, ...rest }: JsonSchema): JsonSchema {
  return rest;
}
