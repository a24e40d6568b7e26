import { isJsonObject, setOwn } from '../lib/json.ts';
import type { Json, JsonObject } from '../lib/types.ts';
import { type DecodeError, PathTracker } from './decode-path.ts';
import { decodeScalar, goType, jsonTypeName } from './decode-scalar.ts';
import type { Schema, Schemas } from './schema.ts';

export interface Decoded {
  /** A private, pruned copy of the input in canonical form, but for what it shares with {@link DecodeOptions.known}. */
  readonly object: JsonObject;
  /** Paths of fields the schema does not have, e.g. `spec.containers[0].imagee`; they were left out. */
  readonly unknown: readonly string[];
  /** Values of the wrong type; they were left out. Assignable to `FieldError`. */
  readonly errors: readonly DecodeError[];
}

/** JSON nested deeper than this is refused; no API type comes near it. */
const maxDepth = 1000;

interface Context {
  readonly path: PathTracker;
  readonly unknown: string[];
  readonly errors: DecodeError[];
  /** What {@link DecodeOptions.known} has in the place where the decoder is. */
  known: Json | undefined;
}

export interface DecodeOptions {
  /**
   * An object of the same schema, decoded before. Parts of the value that are its very parts are taken over as they
   * are, neither looked at nor copied: what a patch has not touched costs nothing.
   */
  readonly known?: JsonObject;
}

/** Returns the decoded value, or undefined to leave the field out. Never sees null. */
type Decoder = (value: Json, context: Context) => Json | undefined;

/**
 * What Kubernetes does between a request's JSON and its typed object: fields no schema has are left out (and
 * told), nulls and empty lists and maps that mean "not set" are left out, quantities and times are brought
 * into canonical form, values of the wrong type are told. Unknown and wrong fields do not stop it: the
 * caller decides (field validation Ignore, Warn or Strict). Does not check required fields or enums. Safe
 * against hostile input: `__proto__` is a key like any other, deep nesting becomes an error.
 */
export function decode(
  schemas: Schemas,
  schemaName: string,
  value: unknown,
  { known }: DecodeOptions = {},
): Decoded {
  const context: Context = { path: new PathTracker(), unknown: [], errors: [], known };
  const decoded = decoderNamed(schemas, schemaName)(value as Json, context);
  return {
    object: isJsonObject(decoded) ? decoded : {},
    unknown: context.unknown,
    errors: context.errors,
  };
}

const caches = new WeakMap<Schemas, Map<string, Decoder>>();

function decoderNamed(schemas: Schemas, name: string): Decoder {
  let cache = caches.get(schemas);
  if (!cache) {
    cache = new Map();
    caches.set(schemas, cache);
  }
  const known = cache.get(name);
  if (known) return known;
  const schema = schemas.get(name);
  const decoder = schema ? compile({ schemas, owner: name }, schema) : decodeAny;
  cache.set(name, decoder);
  return decoder;
}

interface CompileScope {
  readonly schemas: Schemas;
  /** Name of the type being compiled, for error texts. */
  readonly owner: string;
}

function compile(scope: CompileScope, schema: Schema): Decoder {
  if (schema.ref !== undefined) return compileRef(scope, schema.ref);
  switch (schema.type) {
    case 'any':
      return decodeAny;
    case 'array':
      return compileArray(scope, schema);
    case 'object':
      if (schema.properties) return compileStruct(scope, schema);
      return schema.additionalProperties
        ? compileMap(scope, schema, schema.additionalProperties)
        : decodeAnyObject(scope, schema);
    default:
      return (value, context) => decodeScalar(schema, scope.owner, value, context);
  }
}

/** Types refer to each other in circles, so a reference is followed at its first use. */
function compileRef(scope: CompileScope, ref: string): Decoder {
  let target: Decoder | undefined;
  return (value, context) => {
    target ??= decoderNamed(scope.schemas, ref);
    return target(value, context);
  };
}

/** Go leaves out empty lists and maps; a custom resource keeps them. */
function dropsEmpty(scope: CompileScope, schema: Schema): boolean {
  return (
    (schema.type === 'array' || schema.additionalProperties !== undefined) &&
    scope.owner.startsWith('io.k8s.')
  );
}

interface Field {
  readonly decode: Decoder;
  readonly dropEmpty: boolean;
}

function compileStruct(scope: CompileScope, schema: Schema): Decoder {
  const isObjectMeta = scope.owner.endsWith('.meta.v1.ObjectMeta');
  const fields = new Map<string, Field>();
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const optional = !schema.required?.includes(key);
    const dropEmpty =
      optional && (dropsEmpty(scope, property) || (isObjectMeta && property.type === 'string'));
    fields.set(key, { decode: compile(scope, property), dropEmpty });
  }
  return (value, context) => {
    if (!isJsonObject(value)) return wrongType(context, schema, scope, value);
    if (context.path.depth >= maxDepth) return tooDeep(context);
    const known = isJsonObject(context.known) ? context.known : undefined;
    const result: Record<string, Json> = {};
    for (const key of Object.keys(value)) {
      const member = value[key];
      const field = fields.get(key);
      const knownMember = known && field && known[key];
      if (knownMember !== undefined && member === knownMember) {
        result[key] = knownMember;
        continue;
      }
      context.known = knownMember;
      if (field === undefined) {
        if (schema.preserveUnknownFields) keep(result, key, member ?? null, context);
        else if (member !== undefined) context.unknown.push(context.path.child(key));
        continue;
      }
      if (member === null || member === undefined) continue;
      context.path.push(key);
      const decoded = field.decode(member, context);
      context.path.pop();
      if (decoded !== undefined && !(field.dropEmpty && isEmpty(decoded))) result[key] = decoded;
    }
    context.known = known;
    return result;
  };
}

function isEmpty(value: Json): boolean {
  if (typeof value === 'string') return value === '';
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value as object) return false;
  return true;
}

function keep(result: Record<string, Json>, key: string, value: Json, context: Context): void {
  context.path.push(key);
  const copy = decodeAny(value, context);
  context.path.pop();
  if (copy !== undefined) setOwn(result, key, copy);
}

function compileArray(scope: CompileScope, schema: Schema): Decoder {
  const items = schema.items ?? { type: 'any' };
  const decodeItem = compile(scope, items);
  const zero = zeroValue(items);
  return (value, context) => {
    if (!Array.isArray(value)) return wrongType(context, schema, scope, value);
    if (context.path.depth >= maxDepth) return tooDeep(context);
    const known = Array.isArray(context.known) ? context.known : undefined;
    const result: Json[] = [];
    for (let i = 0; i < value.length; i++) {
      const item = value[i] ?? null;
      const knownItem = known?.[i];
      if (knownItem !== undefined && item === knownItem) {
        result.push(knownItem);
        continue;
      }
      context.known = knownItem;
      context.path.push(i);
      const decoded = item === null ? structuredZero(zero) : decodeItem(item, context);
      context.path.pop();
      if (decoded !== undefined) result.push(decoded);
    }
    context.known = known;
    return result;
  };
}

function compileMap(scope: CompileScope, schema: Schema, values: Schema): Decoder {
  const decodeValue = compile(scope, values);
  const zero = zeroValue(values);
  return (value, context) => {
    if (!isJsonObject(value)) return wrongType(context, schema, scope, value);
    if (context.path.depth >= maxDepth) return tooDeep(context);
    context.known = undefined;
    const result: Record<string, Json> = {};
    for (const key of Object.keys(value)) {
      const member = value[key];
      if (member === undefined) continue;
      context.path.pushKey(key);
      const decoded = member === null ? structuredZero(zero) : decodeValue(member, context);
      context.path.pop();
      if (decoded !== undefined) setOwn(result, key, decoded);
    }
    return result;
  };
}

/** What Go makes of null inside a list or a map. */
function zeroValue(schema: Schema): Json {
  if (schema.ref !== undefined) return {};
  switch (schema.type) {
    case 'string':
      return schema.format === 'quantity' ? '0' : '';
    case 'integer':
    case 'number':
    case 'int-or-string':
      return 0;
    case 'boolean':
      return false;
    default:
      return null;
  }
}

function structuredZero(zero: Json): Json {
  return isJsonObject(zero) ? {} : zero;
}

function decodeAnyObject(scope: CompileScope, schema: Schema): Decoder {
  return (value, context) =>
    isJsonObject(value) ? decodeAny(value, context) : wrongType(context, schema, scope, value);
}

/** A private copy of a value nothing is known about. */
function decodeAny(value: Json, context: Context): Json | undefined {
  if (typeof value !== 'object' || value === null) return value;
  if (context.path.depth >= maxDepth) return tooDeep(context);
  if (Array.isArray(value)) {
    const result: Json[] = [];
    for (let i = 0; i < value.length; i++) {
      context.path.push(i);
      result.push(decodeAny(value[i] ?? null, context) ?? null);
      context.path.pop();
    }
    return result;
  }
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value))
    if (member !== undefined) keep(result, key, member, context);
  return result;
}

function tooDeep(context: Context): undefined {
  if (context.errors.length < 100) {
    context.errors.push({ type: 'FieldValueTypeInvalid', field: '', message: 'exceeded max depth' });
  }
  return undefined;
}

function wrongType(context: Context, schema: Schema, scope: CompileScope, value: Json): undefined {
  const type = schema.properties
    ? `v1.${scope.owner.slice(scope.owner.lastIndexOf('.') + 1)}`
    : goType(schema);
  context.errors.push(context.path.mismatch(jsonTypeName(value), type, scope.owner));
  return undefined;
}
