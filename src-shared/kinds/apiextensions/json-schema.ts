import type { Json } from '../../lib/types.ts';

/** One CEL rule of a schema. https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** `JSONSchemaProps` of apiextensions.k8s.io/v1, as far as a structural schema may say it. */
export interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly Json[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

/** The properties of a schema; none when it has none. */
export function propertiesOf(schema: JsonSchema | undefined): readonly (readonly [string, JsonSchema])[] {
  return Object.entries(schema?.properties ?? {});
}

/** The schema of a map's values: undefined where anything goes, or where there are none. */
export function valuesOf(schema: JsonSchema | undefined): JsonSchema | undefined {
  const { additionalProperties } = schema ?? {};
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** The schemas directly within a schema, by the ends of their paths; `items` that are no schema are none. */
export function schemaParts(schema: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  const { items, allOf = [], anyOf = [], oneOf = [], not } = schema;
  const values = valuesOf(schema);
  const numbered = (name: string, list: readonly JsonSchema[]) =>
    list.map((part, i) => [`${name}[${i}]`, part] as const);
  return [
    ...propertiesOf(schema).map(([key, part]) => [`properties[${key}]`, part] as const),
    ...(items && !Array.isArray(items) ? [['items', items] as const] : []),
    ...(values ? [['additionalProperties', values] as const] : []),
    ...numbered('allOf', allOf),
    ...numbered('anyOf', anyOf),
    ...numbered('oneOf', oneOf),
    ...(not ? [['not', not] as const] : []),
  ];
}

/** Fields a schema does not name are kept. */
export function preservesUnknown(schema: JsonSchema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true;
}
