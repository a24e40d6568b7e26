import type { Json, JsonObject } from '../lib/types.ts';
import { builtinSchemas, resolve } from './registry.ts';
import type { Schema } from './schema.ts';

/** Values of which one or another is of the wrong type everywhere. */
export const odds: readonly Json[] = [{ odd: {} }, [['odd']], 'odd', -7.5, true];

/** What to put where; schemas named in `shallow` are not entered. */
interface Filling {
  readonly leaves?: readonly Json[];
  readonly shallow?: readonly string[];
}

/**
 * Every way in which something that a schema knows can be missing: objects of which one part is there, and somewhere
 * in it an object with nothing in it, a list of one, an empty list, or one of `leaves` in place of any value.
 */
export function sparseParts(schemaName: string, { leaves = [], shallow = [] }: Filling = {}): JsonObject[] {
  const { properties = {} } = builtinSchemas.get(schemaName) ?? {};
  return Object.entries(properties)
    .filter(([key]) => key !== 'apiVersion' && key !== 'kind' && key !== 'metadata')
    .flatMap(([key, property]) =>
      [null, ...valuesOf(property, { leaves, way: shallow })].map((value) => ({ [key]: value })),
    );
}

/** Where one is. Schemas may contain themselves (JSONSchemaProps): each is entered once on a way. */
interface Place {
  readonly leaves: readonly Json[];
  readonly way: readonly string[];
}

function partsOf(schema: Schema, { leaves, way }: Place): JsonObject[] {
  if (schema.ref !== undefined && way.includes(schema.ref)) return [];
  const within = { leaves, way: schema.ref === undefined ? way : [...way, schema.ref] };
  const { properties = {} } = resolve(builtinSchemas, schema) ?? {};
  return Object.entries(properties).flatMap(([key, property]) =>
    valuesOf(property, within).map((value) => ({ [key]: value })),
  );
}

function valuesOf(schema: Schema, place: Place): Json[] {
  const found = resolve(builtinSchemas, schema);
  if (found?.type === 'array') {
    const items = valuesOf(found.items ?? { type: 'any' }, place);
    return [...place.leaves, [], ...items.map((item) => [item])];
  }
  if (found?.type !== 'object') return [...place.leaves];
  const { additionalProperties } = found;
  const members = additionalProperties ? valuesOf(additionalProperties, place) : [];
  return [...place.leaves, {}, ...partsOf(schema, place), ...members.map((value) => ({ key: value }))];
}
