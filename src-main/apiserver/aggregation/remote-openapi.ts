import { isJsonObject } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { type Document, documentOf } from '../discovery.ts';
import { encodeOpenApiV2 } from '../openapi/document.ts';
import { openApiOfSwagger } from '../openapi/from-swagger.ts';
import type { RemoteService } from './remote-service.ts';

const definitionPrefix = '#/definitions/';

/**
 * What an aggregated server says of its group version in OpenAPI, as it was last read: it stays what it is while the
 * server cannot be asked. `revision` grows with every change.
 */
export class RemoteOpenApi {
  revision = 0;
  /** The paths of the group version in Swagger 2.0, and the definitions these use. */
  v2: JsonObject | undefined;
  /** Where the OpenAPI 3 document is, with its hash where the server names one. */
  v3: string | undefined;
  /** The OpenAPI 3 document of a server that publishes none, made of what it says in Swagger 2.0. */
  converted: Document | undefined;
  readonly #etags = new Map<string, string>();

  /** Asks again. A server may have no such documents. Rejects when it does not answer, or not with JSON. */
  async refresh(remote: RemoteService): Promise<void> {
    const groupVersion = `apis/${remote.group}/${remote.version}`;
    await this.#read(remote, '/openapi/v2', (document) => {
      this.v2 = document && partOf(document, `/${groupVersion}/`);
    });
    await this.#read(remote, '/openapi/v3', (index) => {
      this.converted = index || !this.v2 ? undefined : documentOf(JSON.stringify(openApiOfSwagger(this.v2)));
      if (this.converted) {
        this.v3 = `/openapi/v3/${groupVersion}?hash=${this.converted.etag}`;
        return;
      }
      const { paths } = index ?? {};
      const found = isJsonObject(paths) ? paths[groupVersion] : undefined;
      const url = isJsonObject(found) ? found.serverRelativeURL : undefined;
      const isFit =
        typeof url === 'string' && /^[!-~]+$/.test(url) && url.startsWith(`/openapi/v3/${groupVersion}`);
      this.v3 = isFit ? url : undefined;
    });
  }

  async #read(
    remote: RemoteService,
    path: string,
    take: (document: JsonObject | undefined) => void,
  ): Promise<void> {
    const answer = await remote.ask(path, this.#etags.get(path));
    const { status, body, etag } = answer;
    if (status === 304) return;
    if (status !== 200 && status !== 404) throw new Error(`${path}: bad status ${status}`);
    const document = status === 200 ? (JSON.parse(body) as Json) : undefined;
    const before = JSON.stringify([this.v2, this.v3]);
    take(isJsonObject(document) ? document : undefined);
    if (status === 200 && etag !== undefined) this.#etags.set(path, etag);
    else this.#etags.delete(path);
    if (JSON.stringify([this.v2, this.v3]) !== before) this.revision++;
  }
}

/** Undefined for a document without such paths, and for one that cannot be said in protobuf. */
function partOf(document: JsonObject, prefix: string): JsonObject | undefined {
  if (!isJsonObject(document.paths)) return undefined;
  const paths = Object.fromEntries(
    Object.entries(document.paths).filter(([path]) => path === prefix || path.startsWith(prefix)),
  ) as JsonObject;
  if (Object.keys(paths).length === 0) return undefined;
  const known = isJsonObject(document.definitions) ? document.definitions : {};
  const part: JsonObject = { swagger: '2.0', paths, definitions: usedDefinitions(paths, known) };
  try {
    encodeOpenApiV2(part);
    return part;
  } catch {
    return undefined;
  }
}

function usedDefinitions(paths: JsonObject, known: JsonObject): JsonObject {
  const used = new Map<string, Json>();
  const follow = (value: Json | undefined): void => {
    for (const name of referencesIn(value)) {
      const definition = Object.hasOwn(known, name) ? known[name] : undefined;
      if (used.has(name) || definition === undefined) continue;
      used.set(name, definition);
      follow(definition);
    }
  };
  follow(paths);
  return Object.fromEntries(used) as JsonObject;
}

function referencesIn(value: Json | undefined): string[] {
  const found: string[] = [];
  withReferences(value ?? null, (name) => {
    found.push(name);
    return name;
  });
  return found;
}

/** The value with every reference to a definition renamed. */
function withReferences(value: Json, rename: (name: string) => string): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withReferences(item, rename));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key === '$ref' && typeof member === 'string' && member.startsWith(definitionPrefix))
        return [key, definitionPrefix + rename(member.slice(definitionPrefix.length))];
      return [key, withReferences(member as Json, rename)];
    }),
  ) as JsonObject;
}

/**
 * A Swagger 2.0 document with parts of others: paths that are there stay as they are; definitions of the same name
 * and other content get a name of their own. Source: kube-openapi, `MergeSpecsIgnorePathConflictRenamingDefinitionsAndParameters`.
 */
export function mergeSwagger(base: JsonObject, parts: readonly JsonObject[]): JsonObject {
  const paths = { ...(base.paths as JsonObject) } as Record<string, Json>;
  const definitions = { ...(base.definitions as JsonObject) } as Record<string, Json>;
  for (const part of parts) {
    const added = (part.definitions ?? {}) as Record<string, Json>;
    const names = newNames(definitions, added);
    const rename = (name: string) => names.get(name) ?? name;
    for (const [name, definition] of Object.entries(added))
      definitions[rename(name)] ??= withReferences(definition, rename);
    for (const [path, item] of Object.entries((part.paths ?? {}) as Record<string, Json>))
      paths[path] ??= withReferences(item, rename);
  }
  return { ...base, paths, definitions };
}

function newNames(
  present: Readonly<Record<string, Json>>,
  added: Readonly<Record<string, Json>>,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [name, definition] of Object.entries(added)) {
    if (!Object.hasOwn(present, name) || content(present[name]) === content(definition)) continue;
    let free = 2;
    while (Object.hasOwn(present, `${name}_v${free}`) || Object.hasOwn(added, `${name}_v${free}`)) free++;
    names.set(name, `${name}_v${free}`);
  }
  return names;
}

/** Which kinds a definition is of differs from server to server for what all of them have. */
function content(definition: Json | undefined): string {
  if (!isJsonObject(definition)) return JSON.stringify(definition);
  const { 'x-kubernetes-group-version-kind': _, ...rest } = definition;
  return JSON.stringify(sorted(rest as JsonObject));
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => sorted(item));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member as Json)])) as JsonObject;
}
