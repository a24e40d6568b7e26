/**
 * A compiled schema: what decoding, pruning, defaulting, patching, server-side apply, OpenAPI and the editor
 * need to know of a type. Built-in types are compiled from the official package at build time
 * (scripts/build-schemas.mjs → generated/kubernetes.ts); a CRD's schema is compiled into the same shape.
 */
export interface Schema {
  /** `any`: not described; anything goes. `int-or-string`: IntOrString. */
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array' | 'any' | 'int-or-string';
  /** `int32`, `int64`, `double`, `date-time`, `byte`, and ours: `quantity`, `micro-time`. */
  readonly format?: string;
  /** Names another schema; all other members are then absent except list and patch extensions. */
  readonly ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Maps: the schema of every value. */
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  /** Server-side apply: `x-kubernetes-list-type`, `-list-map-keys`, `-map-type`. */
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
  /** Strategic merge patch: `x-kubernetes-patch-strategy`, `-patch-merge-key`. */
  readonly patchStrategy?: readonly ('merge' | 'replace' | 'retainKeys')[];
  readonly patchMergeKey?: string;
  readonly preserveUnknownFields?: boolean;
  /** The type as its author wrote it in OpenAPI 3, where that says more than the rest: custom resources. */
  readonly document?: object;
}

/** Looks schemas up by their OpenAPI name, e.g. `io.k8s.api.core.v1.Pod`. */
export interface Schemas {
  /** Undefined for a name no schema has. */
  get(name: string): Schema | undefined;
  names(): Iterable<string>;
}
