import type { Environment } from '@marcbachmann/cel-js';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import {
  type JsonSchema,
  preservesUnknown,
  propertiesOf,
  valuesOf,
} from '@shared/kinds/apiextensions/json-schema.ts';
import { getOwn, isJsonObject } from '@shared/lib/json.ts';
import type { Json } from '@shared/lib/types.ts';
import { registerObjectEquality } from './equality.ts';
import { TypedObject } from './sizes.ts';
import { toCel } from './values.ts';

/** A schema's place in CEL: the name of its type, and how its values become CEL's. */
export interface CelType {
  readonly name: string;
  convert(value: Json): unknown;
}

const keywords = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/**
 * How a property is called in expressions; undefined when it cannot be named at all.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#property-escaping-rules
 */
export function escapedName(property: string): string | undefined {
  if (keywords.has(property)) return `__${property}__`;
  const escaped = property
    .replace(/__/g, '__underscores__')
    .replace(/\./g, '__dot__')
    .replace(/-/g, '__dash__')
    .replace(/\//g, '__slash__');
  return /^[A-Za-z_]\w*$/.test(escaped) ? escaped : undefined;
}

const dyn: CelType = { name: 'dyn', convert: toCel };
const plain = (name: string): CelType => ({ name, convert: (value) => value });

/** Registers the types of schemas in one environment; each schema once. */
export class SchemaTypes {
  readonly #environment: Environment;
  readonly #known = new Map<JsonSchema, CelType>();
  #count = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** `isResource`: the object has apiVersion, kind and metadata with name and generateName. */
  typeOf(schema: JsonSchema, isResource = false): CelType {
    const known = this.#known.get(schema);
    if (known) return known;
    const made = this.#make(schema, isResource || schema['x-kubernetes-embedded-resource'] === true);
    const type = schema.nullable ? nullable(made) : made;
    this.#known.set(schema, type);
    return type;
  }

  #make(schema: JsonSchema, isResource: boolean): CelType {
    if (schema['x-kubernetes-int-or-string']) return dyn;
    switch (schema.type) {
      case 'string':
        return stringType(schema.format);
      case 'boolean':
        return plain('bool');
      case 'integer':
        return {
          name: 'int',
          convert: (value) => (typeof value === 'number' ? BigInt(Math.trunc(value)) : value),
        };
      case 'number':
        return plain('double');
      case 'array':
        return this.#list(schema);
      case 'object':
        return isResource || propertiesOf(schema).length > 0
          ? this.#object(schema, isResource)
          : this.#map(schema);
      default:
        return dyn;
    }
  }

  #list({ items }: JsonSchema): CelType {
    if (!items) return dyn;
    const item = this.typeOf(items);
    return {
      name: `list<${item.name}>`,
      convert: (value) => (Array.isArray(value) ? value.map((one: Json) => item.convert(one)) : value),
    };
  }

  #map(schema: JsonSchema): CelType {
    const values = valuesOf(schema);
    if (!values)
      return preservesUnknown(schema) || schema.additionalProperties
        ? dyn
        : { ...dyn, name: 'map<string, dyn>' };
    const value = this.typeOf(values);
    return {
      name: `map<string, ${value.name}>`,
      convert: (object) =>
        isJsonObject(object)
          ? new Map(
              Object.entries(object).flatMap(([key, member]) =>
                member === undefined ? [] : [[key, value.convert(member)] as const],
              ),
            )
          : object,
    };
  }

  #object(schema: JsonSchema, isResource: boolean): CelType {
    class Instance extends TypedObject {}
    const name = `object${++this.#count}`;
    const fields = new Map<string, { readonly key: string; readonly type: CelType }>();
    const members = isResource ? withResourceFields(schema) : propertiesOf(schema);
    for (const [key, property] of members) {
      const escaped = escapedName(key);
      if (escaped !== undefined) fields.set(escaped, { key, type: this.typeOf(property) });
    }
    this.#environment.registerType(name, {
      ctor: Instance,
      fields: Object.fromEntries([...fields].map(([field, { type }]) => [field, type.name])),
    });
    registerObjectEquality(this.#environment, name);
    return {
      name,
      convert(value) {
        if (!isJsonObject(value)) return value;
        const instance = new Instance() as unknown as Record<string, unknown>;
        for (const [field, { key, type }] of fields) {
          const member = getOwn(value, key);
          if (member !== undefined) instance[field] = type.convert(member);
        }
        return instance;
      },
    };
  }
}

const text: JsonSchema = { type: 'string' };
const metadata: JsonSchema = { type: 'object', properties: { name: text, generateName: text } };

function withResourceFields(schema: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  const own = propertiesOf(schema).filter(([key]) => !['apiVersion', 'kind', 'metadata'].includes(key));
  return [...own, ['apiVersion', text], ['kind', text], ['metadata', metadata]];
}

/** The checker knows no "or null": such a value's type is looked at when it is there. */
function nullable({ convert }: CelType): CelType {
  return { name: 'dyn', convert: (value) => (value === null ? null : convert(value)) };
}

function stringType(format: string | undefined): CelType {
  switch (format) {
    case 'date':
    case 'date-time':
      return {
        name: 'google.protobuf.Timestamp',
        convert: (value) => (typeof value === 'string' ? new Date(value) : value),
      };
    case 'duration':
      return {
        name: 'google.protobuf.Duration',
        convert: (value) => (typeof value === 'string' ? durationOf(value) : value),
      };
    case 'byte':
      return {
        name: 'bytes',
        convert: (value) =>
          typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value,
      };
    default:
      return plain('string');
  }
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Go's durations: `1h30m`. */
function durationOf(value: string): Duration {
  let ms = 0;
  for (const [, amount, unit = ''] of value.matchAll(/(\d+(?:\.\d*)?)\s*(ns|us|µs|ms|[smhdw])/g))
    ms += Number(amount) * (unitMs[unit] ?? 0);
  return Duration.fromMilliseconds(value.trim().startsWith('-') ? -ms : ms);
}
