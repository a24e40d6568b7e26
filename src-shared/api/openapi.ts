/**
 * The API described by itself: what `kubectl explain`, client-side validation, patches and editors read.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition
 */
import type { JsonObject } from '../lib/types.ts';
import type { Docs } from '../schema/docs.ts';
import type { Schemas } from '../schema/schema.ts';
import { pathsOfKind } from './openapi-paths.ts';
import { type Dialect, SchemaWriter } from './openapi-schema.ts';
import { type ServedKind, subresourcesOf } from './served-kind.ts';

const info = { title: 'Kubernetes', version: 'v1.36.0' };

/** The Swagger 2.0 document of all kinds. */
export function openApiV2(kinds: readonly ServedKind[], schemas: Schemas, docs: Docs): JsonObject {
  const { paths, definitions } = describeKinds(kinds, new SchemaWriter(2, schemas, docs), 2);
  return { swagger: '2.0', info, paths, definitions };
}

/** The OpenAPI 3 document of one group version, with every type its kinds are made of. */
export function openApiV3(
  kinds: readonly ServedKind[],
  schemas: Schemas,
  docs: Docs,
  gv: { readonly group: string; readonly version: string },
): JsonObject {
  const served = kinds.filter(({ group, version }) => group === gv.group && version === gv.version);
  const { paths, definitions } = describeKinds(served, new SchemaWriter(3, schemas, docs), 3);
  return { openapi: '3.0.0', info, paths, components: { schemas: definitions } };
}

function describeKinds(
  kinds: readonly ServedKind[],
  writer: SchemaWriter,
  dialect: Dialect,
): { paths: JsonObject; definitions: JsonObject } {
  const paths: Record<string, JsonObject> = {};
  for (const kind of kinds) {
    writer.ref(kind.schema);
    Object.assign(paths, pathsOfKind(kind, writer, dialect));
  }
  const gvks = groupVersionKinds(kinds);
  const definitions = writer.definitions((name, schema) => {
    const own = gvks.get(name);
    return own ? { ...schema, 'x-kubernetes-group-version-kind': own } : schema;
  });
  const sorted = Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { paths: sorted, definitions };
}

/** Which kinds a type is, by its name. */
function groupVersionKinds(kinds: readonly ServedKind[]): Map<string, JsonObject[]> {
  const found = new Map<string, JsonObject[]>();
  const add = (name: string, { group, version, kind }: { group: string; version: string; kind: string }) => {
    const known = found.get(name) ?? [];
    if (known.some((gvk) => gvk.group === group && gvk.version === version && gvk.kind === kind)) return;
    found.set(name, [...known, { group, kind, version }]);
  };
  const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
  add(`${meta}.Status`, { group: '', version: 'v1', kind: 'Status' });
  for (const kind of kinds) {
    add(kind.schema, kind);
    add(`${kind.schema}List`, { ...kind, kind: `${kind.kind}List` });
    add(`${meta}.DeleteOptions`, { ...kind, kind: 'DeleteOptions' });
    for (const subresource of subresourcesOf(kind))
      if (subresource.schema) add(subresource.schema, subresource.kind);
  }
  return found;
}
