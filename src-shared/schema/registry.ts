import { definitions } from './generated/kubernetes.ts';
import type { Schema, Schemas } from './schema.ts';

const byName: ReadonlyMap<string, Schema> = new Map(Object.entries(definitions));

/** Every GA type of the Kubernetes release the official package was generated from. */
export const builtinSchemas: Schemas = {
  get: (name) => byName.get(name),
  names: () => byName.keys(),
};

/** The schema `schema` stands for: follows `ref`. Undefined when it names a type nobody knows. */
export function resolve(schemas: Schemas, schema: Schema): Schema | undefined {
  return schema.ref === undefined ? schema : schemas.get(schema.ref);
}
