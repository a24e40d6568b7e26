/** The part of an OpenAPI v3 schema that the editor reads. */
export interface OpenApiSchema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly items?: OpenApiSchema;
  readonly additionalProperties?: OpenApiSchema | boolean;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly $ref?: string;
  readonly allOf?: readonly OpenApiSchema[];
  readonly oneOf?: readonly OpenApiSchema[];
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/** One document of `/openapi/v3/…`. */
export interface OpenApiDocument {
  readonly components?: { readonly schemas?: Readonly<Record<string, OpenApiSchema>> };
}

export type Path = readonly string[];

/** A step of a path into any item of a list. */
export const item = '[]';

/** Schemas of one cluster, by kind and by path. */
export class SchemaIndex {
  readonly #byName = new Map<string, OpenApiSchema>();
  readonly #byGvk = new Map<string, OpenApiSchema>();

  constructor(documents: readonly OpenApiDocument[]) {
    for (const document of documents) {
      for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
        if (this.#byName.has(name)) continue;
        this.#byName.set(name, schema);
        for (const gvk of schema['x-kubernetes-group-version-kind'] ?? []) {
          this.#byGvk.set(`${gvk.group ? `${gvk.group}/` : ''}${gvk.version} ${gvk.kind}`, schema);
        }
      }
    }
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  forKind(apiVersion: string, kind: string): OpenApiSchema | undefined {
    return this.#byGvk.get(`${apiVersion} ${kind}`);
  }

  /** Follows references; what stands beside a reference (description, default) wins. */
  resolve(schema: OpenApiSchema | undefined): OpenApiSchema | undefined {
    if (schema === undefined) return undefined;
    const target = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
    if (target === undefined) return schema;
    const name = decodeURIComponent(target.slice(target.lastIndexOf('/') + 1)).replaceAll('~1', '/');
    const found = this.resolve(this.#byName.get(name));
    return (
      found && {
        ...found,
        ...(schema.description && { description: schema.description }),
        ...(schema.default !== undefined && { default: schema.default }),
      }
    );
  }

  /** The schema at a path below `root`; undefined where the schema says nothing. */
  at(root: OpenApiSchema | undefined, path: Path): OpenApiSchema | undefined {
    let schema = this.resolve(root);
    for (const step of path) schema = this.resolve(childOf(schema, step));
    return schema;
  }
}

export function childOf(schema: OpenApiSchema | undefined, step: string): OpenApiSchema | undefined {
  if (schema === undefined) return undefined;
  if (step === item) return schema.items;
  const { properties, additionalProperties } = schema;
  const known = properties && Object.hasOwn(properties, step) ? properties[step] : undefined;
  return known ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
}

/** Whether keys beyond `properties` are allowed. */
export function isOpen(schema: OpenApiSchema): boolean {
  return (
    schema.additionalProperties !== undefined ||
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema.properties === undefined
  );
}

/** How a type is called for people: `string`, `list of objects`, `integer or string`. */
export function typeName(index: SchemaIndex, schema: OpenApiSchema | undefined): string {
  const resolved = index.resolve(schema);
  if (resolved === undefined) return 'any';
  if (isIntOrString(resolved)) return 'integer or string';
  if (resolved.type === 'array')
    return `list of ${typeName(index, resolved.items)}s`.replace('anys', 'anything');
  if (resolved.type === 'object' && typeof resolved.additionalProperties === 'object' && !resolved.properties)
    return `map of ${typeName(index, resolved.additionalProperties)}s`;
  return resolved.format === 'date-time' ? 'time' : (resolved.type ?? 'any');
}

export function isIntOrString(schema: OpenApiSchema): boolean {
  return (
    schema['x-kubernetes-int-or-string'] === true ||
    schema.format === 'int-or-string' ||
    (schema.oneOf?.length ?? 0) > 0
  );
}
