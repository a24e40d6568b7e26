import { applyJsonPatch } from '@shared/api/json-patch.ts';
import { ApiError } from '@shared/api/status.ts';
import { memberShape, membersOf, type Shape, shapeNamed } from '@shared/api/structure.ts';
import { merge } from '@shared/api/structured-merge.ts';
import type { MutatingAdmissionPolicy } from '@shared/kinds/wire.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import type { Json, JsonObject, Unchecked } from '@shared/lib/types.ts';
import type { Schemas } from '@shared/schema/schema.ts';
import { CelError } from '../../cel/cel.ts';
import {
  jsonPatchType,
  literalToJson,
  misnamed,
  ObjectValue,
  objectType,
} from '../matching/object-literals.ts';

type Mutation = NonNullable<NonNullable<Unchecked<MutatingAdmissionPolicy>['spec']>['mutations']>[number];

/** Every expression that may construct objects. */
export function patchTexts(mutations: readonly Mutation[]): readonly string[] {
  return mutations.map(
    ({ applyConfiguration, jsonPatch }) => (applyConfiguration ?? jsonPatch)?.expression ?? '',
  );
}

/** What a mutation's expression has to yield. */
export function patchResult(patchType: string): readonly string[] {
  return patchType === 'JSONPatch' ? [`list<${jsonPatchType}>`] : [objectType];
}

export interface Patched {
  readonly object: JsonObject;
  /** The value the mutation's expression had. */
  readonly value: unknown;
  readonly schemas: Schemas;
  /** The schema of the object. */
  readonly schemaName: string;
}

/** What a mutation makes of an object. Throws CelError with the reason when it does not fit. */
export function applyMutation(patchType: string, patched: Patched): JsonObject {
  return patchType === 'JSONPatch' ? applyOperations(patched) : applyConfiguration(patched);
}

/** Merges as server-side apply does, owners aside. */
function applyConfiguration({ object, value, schemas, schemaName }: Patched): JsonObject {
  if (!(value instanceof ObjectValue))
    throw new CelError('unsupported return type from ApplyConfiguration expression');
  const wrong = misnamed(value);
  if (wrong !== undefined) throw new CelError(`type mismatch: ${wrong}`);
  const configuration = literalToJson(value) as JsonObject;
  const shape = shapeNamed(schemas, schemaName);
  const atomics = atomicPaths(shape, configuration, '');
  if (atomics.length > 0) {
    const text = `may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`;
    throw new CelError(`error applying patch: invalid ApplyConfiguration: ${text}`);
  }
  const unknown = unknownPath(shape, configuration, '');
  if (unknown !== undefined)
    throw new CelError(
      `error applying patch: failed to convert patch object to typed object: ${unknown}: field not declared in schema`,
    );
  const { apiVersion, kind } = object;
  const merged = merge(shape, object, { ...configuration, apiVersion, kind } as JsonObject);
  if (!isJsonObject(merged)) throw new CelError('error applying patch: the result is no object');
  return merged;
}

/** Lists and maps that could only be replaced as a whole, where the configuration sets them. */
function atomicPaths(shape: Shape, value: Json | undefined, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (shape.type === 'leaf') return [path];
  if (Array.isArray(value)) {
    if (shape.type !== 'list') return [];
    const item = shape.item();
    return value.flatMap((one: Json, i) => atomicPaths(item, one, `${path}[${i}]`));
  }
  return Object.entries(value).flatMap(([key, member]) =>
    isDeclared(shape, key) ? atomicPaths(memberShape(shape, key), member, `${path}.${key}`) : [],
  );
}

function isDeclared(shape: Shape, key: string): boolean {
  return shape.type !== 'struct' || shape.isField(key);
}

function unknownPath(shape: Shape, value: Json | undefined, path: string): string | undefined {
  if (shape.type === 'leaf' || typeof value !== 'object' || value === null) return undefined;
  const members = membersOf(shape, value);
  if (Array.isArray(members)) {
    if (shape.type !== 'list') return undefined;
    for (const [i, item] of (members as readonly Json[]).entries()) {
      const found = unknownPath(shape.item(), item, `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (const [key, member] of Object.entries(value)) {
    if (!isDeclared(shape, key)) return `${path}.${key}`;
    const found = unknownPath(memberShape(shape, key), member as Json, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A failed `test` leaves the object as it was. */
function applyOperations({ object, value }: Patched): JsonObject {
  if (!Array.isArray(value))
    throw new CelError('type mismatch: JSONPatchType.expression should evaluate to array');
  const operations = value.map(operationOf);
  try {
    const result = applyJsonPatch(object, operations);
    if (!isJsonObject(result)) throw new CelError('JSON Patch: the patched object is no object');
    return result;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (/testing value .* failed$/.test(error.message)) return object;
    const why = error.message.replace(
      /^the server rejected our request due to an error in our request: /,
      '',
    );
    throw new CelError(`JSON Patch: ${why}`);
  }
}

function operationOf(value: unknown): Json {
  if (!(value instanceof ObjectValue) || value.type !== jsonPatchType)
    throw new CelError('type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch');
  const operand = value.fields.get('value');
  if (operand instanceof ObjectValue) {
    const wrong = misnamed(operand, operand.type);
    if (wrong !== undefined) throw new CelError(`type mismatch: ${wrong}`);
  }
  return literalToJson(value.fields as Map<string, unknown>);
}
