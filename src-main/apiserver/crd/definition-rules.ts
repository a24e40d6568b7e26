import { invalid } from '@shared/api/field-errors.ts';
import type { FieldError } from '@shared/api/status.ts';
import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import { type Crd, schemaOf } from '@shared/kinds/apiextensions/custom-resource-definition/names.ts';
import { type JsonSchema, propertiesOf, valuesOf } from '@shared/kinds/apiextensions/json-schema.ts';
import { isJsonObject, jsonEqual } from '@shared/lib/json.ts';
import type { AdmissionModule } from '../admission/admission.ts';
import { compilePattern } from '../cel/regex.ts';
import { withDefaults } from './defaults.ts';
import { prune } from './prune.ts';
import { ruleErrors } from './rules.ts';
import { validateBySchema } from './validate.ts';

/**
 * What of a definition only the server can judge, since it runs it: patterns, rules in CEL and default values. A version whose
 * schema stays as it is is not judged again.
 */
export const definitionRules: AdmissionModule = {
  name: 'CustomResourceDefinitionRules',
  handles: ({ kind, subresource, operation }) =>
    kind === crdKind && subresource === '' && operation !== 'DELETE',
  validate(object, { old }) {
    const crd = object as unknown as Crd;
    const before = (old as unknown as Crd | undefined)?.spec.versions ?? [];
    return crd.spec.versions.flatMap((version, i) => {
      const schema = schemaOf(version);
      const known = before.find(({ name }) => name === version.name);
      if (!schema || (known && jsonEqual(schemaOf(known), schema))) return [];
      const field = `spec.versions[${i}].schema.openAPIV3Schema`;
      return [...patternErrors(schema, field), ...ruleErrors(schema, field), ...defaultErrors(schema, field)];
    });
  },
};

function patternErrors(schema: JsonSchema, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const { pattern, allOf = [], anyOf = [], oneOf = [], not } = schema;
  if (pattern) {
    try {
      compilePattern(pattern);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      errors.push(
        invalid(`${field}.pattern`, pattern, `must be a valid regular expression, but isn't: ${why}`),
      );
    }
  }
  const parts: (readonly [string, JsonSchema])[] = propertiesOf(schema).map(
    ([key, part]) => [`properties[${key}]`, part] as const,
  );
  if (schema.items) parts.push(['items', schema.items]);
  const values = valuesOf(schema);
  if (values) parts.push(['additionalProperties', values]);
  for (const [name, list] of Object.entries({ allOf, anyOf, oneOf }))
    for (const [i, part] of list.entries()) parts.push([`${name}[${i}]`, part]);
  if (not) parts.push(['not', not]);
  return [...errors, ...parts.flatMap(([name, part]) => patternErrors(part, `${field}.${name}`))];
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
    for (const error of validateBySchema(around, isJsonObject(complete) ? complete : wrapped))
      errors.push({ ...error, field: `${at}${error.field.replace(/^value/, '')}` });
  }
  for (const [key, property] of propertiesOf(schema))
    errors.push(...defaultErrors(property, `${field}.properties[${key}]`));
  if (schema.items) errors.push(...defaultErrors(schema.items, `${field}.items`));
  const values = valuesOf(schema);
  return values ? [...errors, ...defaultErrors(values, `${field}.additionalProperties`)] : errors;
}

function withoutDefault({ default: _, ...rest }: JsonSchema): JsonSchema {
  return rest;
}
