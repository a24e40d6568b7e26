import { isJsonObject } from '../lib/json.ts';
import type { Json, JsonObject } from '../lib/types.ts';
import type { Docs } from '../schema/docs.ts';
import type { Schema, Schemas } from '../schema/schema.ts';

/** The two dialects clients speak: Swagger 2.0 (`/openapi/v2`) and OpenAPI 3.0 (`/openapi/v3`). */
export type Dialect = 2 | 3;

const machinery = 'io.k8s.apimachinery.pkg';

/** Scalars that OpenAPI names like types of their own; by our type or format. */
const named: Readonly<
  Record<string, { readonly name: string; readonly 2: JsonObject; readonly 3: JsonObject }>
> = {
  'int-or-string': {
    name: `${machinery}.util.intstr.IntOrString`,
    2: { type: 'string', format: 'int-or-string' },
    3: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  },
  quantity: {
    name: `${machinery}.api.resource.Quantity`,
    2: { type: 'string' },
    3: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  },
  'date-time': {
    name: `${machinery}.apis.meta.v1.Time`,
    2: { type: 'string', format: 'date-time' },
    3: { type: 'string', format: 'date-time' },
  },
  'micro-time': {
    name: `${machinery}.apis.meta.v1.MicroTime`,
    2: { type: 'string', format: 'date-time' },
    3: { type: 'string', format: 'date-time' },
  },
};

const namedDocs: Readonly<Record<string, string>> = {
  'int-or-string': 'An int32 or a string.',
  quantity: 'A fixed-point number with a suffix, such as 100m, 1.5 or 512Mi.',
  'date-time': 'A time in RFC 3339 form.',
  'micro-time': 'A time in RFC 3339 form with microseconds.',
};

/** Keywords whose value is a schema, a list of schemas or schemas by name. */
const inner = new Set(['items', 'additionalProperties', 'not', 'allOf', 'anyOf', 'oneOf', 'properties']);

function mapSchemas(schema: JsonObject, change: (schema: JsonObject) => JsonObject): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (value === undefined) continue;
    if (!inner.has(key)) result[key] = value;
    else if (key === 'properties' && isJsonObject(value)) {
      const members = Object.entries(value).map(([name, one]) => [
        name,
        isJsonObject(one) ? change(one) : one,
      ]);
      result[key] = Object.fromEntries(members) as JsonObject;
    } else if (Array.isArray(value))
      result[key] = value.map((one) => (isJsonObject(one) ? change(one) : one));
    else result[key] = isJsonObject(value) ? change(value) : value;
  }
  return result;
}

function withoutRules(schema: JsonObject): JsonObject {
  return mapSchemas(schema, withoutRules);
}

const conventions = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';
/** What fields of these types are said to be, wherever they are; the types' own documentation is longer. */
const fieldDocs: Readonly<Record<string, string>> = {
  [`${machinery}.apis.meta.v1.ObjectMeta`]: `Standard object's metadata. More info: ${conventions}#metadata`,
  [`${machinery}.apis.meta.v1.ListMeta`]: `Standard list metadata. More info: ${conventions}#types-kinds`,
};

/** A type whose documentation of what all types have is good for those that come without: custom ones. */
const anyType = 'io.k8s.api.core.v1.Namespace';

/** What Swagger 2.0 cannot say is left out: alternatives, nullable, and types where unknown fields are kept. */
function swaggerSchema(schema: JsonObject): JsonObject {
  const { allOf: _, anyOf: __, oneOf: ___, not: ____, nullable, default: _____, ...rest } = schema;
  const swagger = mapSchemas(rest, swaggerSchema);
  if (rest['x-kubernetes-int-or-string']) return { ...swagger, 'x-kubernetes-int-or-string': true };
  if (rest['x-kubernetes-preserve-unknown-fields'] !== true && nullable !== true) return swagger;
  const {
    type: ______,
    items: _______,
    properties: ________,
    additionalProperties: _________,
    ...open
  } = swagger;
  return open;
}

export function refPath(dialect: Dialect, name: string): string {
  return `${dialect === 2 ? '#/definitions/' : '#/components/schemas/'}${name}`;
}

/** Turns compiled schemas into those of a document, and knows which others they need. */
export class SchemaWriter {
  readonly #dialect: Dialect;
  readonly #schemas: Schemas;
  readonly #docs: Docs;
  readonly #written = new Map<string, JsonObject>();
  readonly #pending: string[] = [];

  constructor(dialect: Dialect, schemas: Schemas, docs: Docs) {
    this.#dialect = dialect;
    this.#schemas = schemas;
    this.#docs = docs;
  }

  /** The reference to a type; the type will be among {@link definitions}. */
  ref(name: string): JsonObject {
    if (!this.#written.has(name)) {
      this.#written.set(name, {});
      this.#pending.push(name);
    }
    return { $ref: refPath(this.#dialect, name) };
  }

  /** Every type referred to so far, and all those they refer to, by name in text order. */
  definitions(extend: (name: string, schema: JsonObject) => JsonObject): Record<string, JsonObject> {
    for (let name = this.#pending.pop(); name !== undefined; name = this.#pending.pop()) {
      const schema = this.#schemas.get(name);
      const written = schema?.document
        ? this.#document(schema.document as JsonObject)
        : schema
          ? this.#type(name, schema)
          : this.#namedScalar(name);
      this.#written.set(name, extend(name, written));
    }
    return Object.fromEntries([...this.#written].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /**
   * A type in its author's own words, with the fields every object has. For kubectl before 1.27 fields named are
   * all there are: where unknown ones are kept, Swagger 2.0 says nothing but that it is an object.
   */
  #document(document: JsonObject): JsonObject {
    if (this.#dialect === 2 && document['x-kubernetes-preserve-unknown-fields'] === true)
      return { type: 'object' };
    const schema = this.#dialect === 2 ? swaggerSchema(document) : withoutRules(document);
    const properties = isJsonObject(schema.properties) ? schema.properties : {};
    const meta = `${machinery}.apis.meta.v1.ObjectMeta`;
    const described = (field: string) => {
      const description = this.#docs(anyType, field);
      return description === undefined ? {} : { description };
    };
    const metadata = { description: fieldDocs[meta] ?? '' };
    const ref = this.ref(meta);
    return {
      ...schema,
      type: 'object',
      properties: {
        ...properties,
        apiVersion: { ...described('apiVersion'), type: 'string' },
        kind: { ...described('kind'), type: 'string' },
        metadata: this.#dialect === 3 ? { ...metadata, allOf: [ref] } : { ...metadata, ...ref },
      },
    };
  }

  #namedScalar(name: string): JsonObject {
    for (const [key, scalar] of Object.entries(named)) {
      if (scalar.name === name) return { description: namedDocs[key] ?? '', ...scalar[this.#dialect] };
    }
    return { type: 'object' };
  }

  #type(name: string, schema: Schema): JsonObject {
    const description = this.#docs(name);
    const properties: Record<string, JsonObject> = {};
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      properties[key] = this.#property(
        property,
        this.#docs(name, key) ?? (property.ref && (fieldDocs[property.ref] ?? this.#docs(property.ref))),
      );
    }
    return {
      ...(description && { description }),
      ...this.#structure(schema),
      ...(schema.properties && { properties }),
      ...(schema.required && { required: schema.required }),
      ...extensions(schema),
    };
  }

  #property(schema: Schema, description: string | undefined): JsonObject {
    const structure = this.#structure(schema);
    const rest = { ...(description && { description }), ...extensions(schema) };
    if (structure.$ref === undefined || Object.keys(rest).length === 0) return { ...structure, ...rest };
    return this.#dialect === 3 ? { allOf: [structure], ...rest } : { ...structure, ...rest };
  }

  #structure(schema: Schema): JsonObject {
    if (schema.ref !== undefined) return this.ref(schema.ref);
    const scalar = named[schema.type] ?? (schema.type === 'string' ? named[schema.format ?? ''] : undefined);
    if (scalar) return this.ref(scalar.name);
    switch (schema.type) {
      case 'any':
        return this.#dialect === 2 ? { type: 'object' } : { 'x-kubernetes-preserve-unknown-fields': true };
      case 'array':
        return { type: 'array', items: this.#structure(schema.items ?? { type: 'any' }) };
      case 'object': {
        const { additionalProperties } = schema;
        return {
          type: 'object',
          ...(additionalProperties && { additionalProperties: this.#structure(additionalProperties) }),
        };
      }
      default:
        return {
          type: schema.type,
          ...(schema.format !== undefined && { format: schema.format }),
          ...(schema.enum && { enum: schema.enum }),
        };
    }
  }
}

/** What patching and applying clients look for. */
function extensions(schema: Schema): JsonObject {
  const found: Record<string, Json> = {};
  if (schema.listType) found['x-kubernetes-list-type'] = schema.listType;
  else if (schema.type === 'array') found['x-kubernetes-list-type'] = 'atomic';
  if (schema.listMapKeys) found['x-kubernetes-list-map-keys'] = schema.listMapKeys;
  if (schema.mapType) found['x-kubernetes-map-type'] = schema.mapType;
  if (schema.patchStrategy) found['x-kubernetes-patch-strategy'] = schema.patchStrategy.join(',');
  if (schema.patchMergeKey !== undefined) found['x-kubernetes-patch-merge-key'] = schema.patchMergeKey;
  if (schema.preserveUnknownFields) found['x-kubernetes-preserve-unknown-fields'] = true;
  return found;
}
