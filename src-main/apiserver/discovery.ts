import { createHash } from 'node:crypto';
import { aggregatedDiscovery, apiGroupList, apiResourceList } from '@shared/api/discovery.ts';
import { apiVersionOf } from '@shared/api/meta.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import type { Schemas } from '@shared/schema/schema.ts';
import type { KindChange, KindTable } from './kind-table.ts';
import { openApiFormat } from './openapi/accept.ts';
import { answerOpenApiV3, type OpenApiV3Part } from './openapi/answer-v3.ts';
import type { ApiServerRequest, ApiServerResponse, RawResponse } from './request.ts';
import { versionInfo } from './version.ts';

/** What the server says about itself: discovery, OpenAPI, version. */
export interface Documents {
  /** The document under a path, or undefined. */
  find(
    request: Pick<ApiServerRequest, 'path' | 'accept' | 'ifNoneMatch' | 'query'>,
  ): Promise<ApiServerResponse | undefined>;
}

/** A document, ready to be sent. */
export interface Document {
  readonly body: string | Uint8Array;
  readonly etag: string;
}

export function documentOf(body: string | Uint8Array): Document {
  return { body, etag: createHash('sha256').update(body).digest('hex').slice(0, 32).toUpperCase() };
}

export interface DocumentsOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Paths told of in `/`, beside those that follow from kinds. */
  readonly paths?: readonly string[];
  /** What else there is under a path. */
  readonly further?: ((path: string) => unknown) | undefined;
}

/**
 * Documents are built on first use and kept until the kinds change. OpenAPI (the largest by far) is imported only
 * then. Each encoding has an ETag of its own: clients' caches tell documents by URL and ETag.
 */
export function createDocuments(
  kinds: KindTable,
  schemas: Schemas,
  { clock, paths = [], further }: DocumentsOptions,
): Documents {
  const cache = new Map<string, Promise<Document>>();
  kinds.onChange((change) => forgetChanged(cache, change));
  const cached = (key: string, make: () => Promise<unknown> | unknown): Promise<Document> => {
    let document = cache.get(key);
    if (!document) {
      document = Promise.resolve(make()).then((value) =>
        documentOf(value instanceof Uint8Array ? value : JSON.stringify(value)),
      );
      cache.set(key, document);
    }
    return document;
  };
  const openApi = createOpenApi({ kinds, schemas, clock }, cached);

  return {
    async find(request) {
      const path =
        request.path.length > 1 && request.path.endsWith('/') ? request.path.slice(0, -1) : request.path;
      if (path === '/version') return json(await cached(path, versionInfo));
      if (path === '/') return json(await cached(path, () => ({ paths: rootPaths(kinds, paths) })));
      if (path === '/api' || path === '/apis') return rootDiscovery(path, request, kinds, cached);
      if (path.startsWith('/openapi/')) return openApi(path, request);
      const groupVersion = groupVersionOf(path, kinds);
      if (groupVersion)
        return json(await cached(path, () => apiResourceList(kinds.all, groupVersion, storageVersionHash)));
      const extra = further?.(path);
      if (extra !== undefined) {
        return { type: 'raw', code: 200, contentType: 'application/json', body: JSON.stringify(extra) };
      }
      const group = /^\/apis\/([^/]+)$/.exec(path)?.[1];
      return group === undefined ? undefined : groupDocument(group, kinds, cached);
    },
  };
}

/** Drops the documents a change of kinds makes wrong: not those of group versions it does not touch. */
function forgetChanged(cache: Map<string, unknown>, { added, removed }: KindChange): void {
  const paths = new Set([...added, ...removed].map((kind) => `apis/${apiVersionOf(kind)}`));
  for (const key of [...cache.keys()]) {
    const groupVersion = /^\/(?:openapi\/v3\/)?(api\/[^/]+|apis\/[^/]+\/[^/]+)$/.exec(
      key.split(' ')[0] ?? '',
    )?.[1];
    if (key !== '/version' && (groupVersion === undefined || paths.has(groupVersion))) cache.delete(key);
  }
}

/** Source: apiserver, `StorageVersionHash` of pkg/endpoints/discovery: storage migrators compare it. */
function storageVersionHash({ group, version, kind, stored, conversion }: AnyKind): string | undefined {
  if (!stored) return undefined;
  const storageVersion = conversion?.hub.version ?? version;
  const hash = createHash('sha256').update(`${group}/${storageVersion}/${kind}`).digest();
  return hash.subarray(0, 8).toString('base64');
}

type Cached = (key: string, make: () => Promise<unknown> | unknown) => Promise<Document>;

const aggregated = /application\/json;[^,]*g=apidiscovery\.k8s\.io[^,]*/g;

async function rootDiscovery(
  path: '/api' | '/apis',
  request: Pick<ApiServerRequest, 'accept' | 'ifNoneMatch'>,
  kinds: KindTable,
  cached: Cached,
): Promise<ApiServerResponse> {
  const wanted = (request.accept.match(aggregated) ?? []).find((type) => /v=v2(;|$)/.test(type));
  if (wanted?.includes('as=APIGroupDiscoveryList')) {
    const part = kinds.all.filter((kind) => (kind.group === '') === (path === '/api'));
    const document = await cached(`${path} aggregated`, () => aggregatedDiscovery(part));
    const contentType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    return withEtag(document, request.ifNoneMatch, contentType);
  }
  if (path === '/apis') return json(await cached(path, () => apiGroupList(kinds.all)));
  return json(
    await cached(path, () => ({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [],
    })),
  );
}

async function groupDocument(
  group: string,
  kinds: KindTable,
  cached: Cached,
): Promise<ApiServerResponse | undefined> {
  if (!kinds.all.some((kind) => kind.group === group && group !== '')) return undefined;
  return json(
    await cached(`/apis/${group}`, () => {
      const list = apiGroupList(kinds.all) as unknown as { groups: { name: string }[] };
      return { kind: 'APIGroup', apiVersion: 'v1', ...list.groups.find(({ name }) => name === group) };
    }),
  );
}

function groupVersionOf(path: string, kinds: KindTable): { group: string; version: string } | undefined {
  const match = /^\/api\/([^/]+)$/.exec(path) ?? /^\/apis\/([^/]+)\/([^/]+)$/.exec(path);
  if (!match) return undefined;
  const [, first = '', second] = match;
  const gv = second === undefined ? { group: '', version: first } : { group: first, version: second };
  return kinds.all.some(({ group, version }) => group === gv.group && version === gv.version)
    ? gv
    : undefined;
}

type DocumentRequest = Pick<ApiServerRequest, 'accept' | 'ifNoneMatch' | 'query'>;

interface Described extends Pick<DocumentsOptions, 'clock'> {
  readonly kinds: KindTable;
  readonly schemas: Schemas;
}

function createOpenApi({ kinds, schemas, clock }: Described, cached: Cached) {
  const load = async () => {
    const [openapi, docs] = await Promise.all([
      import('@shared/api/openapi.ts'),
      import('@shared/schema/docs.ts'),
    ]);
    return { ...openapi, docs: await docs.loadDocs() };
  };
  return async (path: string, request: DocumentRequest): Promise<ApiServerResponse | undefined> => {
    if (path === '/openapi/v2') return v2(request);
    if (path === '/openapi/v3') {
      const index = await cached(path, () => openApiV3Paths(kinds, urlOf));
      return withEtag(index, request.ifNoneMatch, 'application/json');
    }
    const gv = groupVersions(kinds).find((one) => path === `/openapi/v3/${one.path}`);
    return gv && answerOpenApiV3(await partOf(gv), request, clock.now());
  };

  async function urlOf(gv: GroupVersionPath): Promise<string> {
    return `/openapi/v3/${gv.path}?hash=${(await part(gv)).etag}`;
  }

  async function partOf(gv: GroupVersionPath): Promise<OpenApiV3Part> {
    return {
      url: await urlOf(gv),
      document: (encoding) => (encoding === 'json' ? part(gv) : encodedPart(gv)),
    };
  }

  async function v2(request: DocumentRequest): Promise<ApiServerResponse> {
    const { encoding, contentType } = openApiFormat(2, request.accept);
    const make = async () => {
      const { openApiV2, docs } = await load();
      return openApiV2(kinds.all, schemas, docs);
    };
    const encode = async () => {
      const { encodeOpenApiV2 } = await import('./openapi/document.ts');
      return encodeOpenApiV2(await make());
    };
    const path = '/openapi/v2';
    const document = encoding === 'json' ? cached(path, make) : cached(`${path} protobuf`, encode);
    return withEtag(await document, request.ifNoneMatch, contentType);
  }

  async function makePart(gv: GroupVersionPath): Promise<JsonObject> {
    const { openApiV3, docs } = await load();
    return openApiV3(kinds.all, schemas, docs, gv);
  }

  function part(gv: GroupVersionPath): Promise<Document> {
    return cached(`/openapi/v3/${gv.path}`, () => makePart(gv));
  }

  function encodedPart(gv: GroupVersionPath): Promise<Document> {
    return cached(`/openapi/v3/${gv.path} protobuf`, async () => {
      const { encodeOpenApiV3 } = await import('./openapi/document-v3.ts');
      return encodeOpenApiV3(await makePart(gv));
    });
  }
}

interface GroupVersionPath {
  readonly group: string;
  readonly version: string;
  /** `api/v1`, `apis/apps/v1` */
  readonly path: string;
}

function groupVersions(kinds: KindTable): GroupVersionPath[] {
  const found = new Map<string, GroupVersionPath>();
  for (const { group, version } of kinds.all) {
    const path = `${group === '' ? 'api' : 'apis'}/${apiVersionOf({ group, version })}`;
    found.set(path, { group, version, path });
  }
  return [...found.values()];
}

/** The index names each part with its hash, so that clients may keep parts for ever. */
async function openApiV3Paths(
  kinds: KindTable,
  urlOf: (gv: GroupVersionPath) => Promise<string>,
): Promise<JsonObject> {
  const paths: Record<string, JsonObject> = {};
  for (const gv of groupVersions(kinds)) paths[gv.path] = { serverRelativeURL: await urlOf(gv) };
  return { paths };
}

function rootPaths(kinds: KindTable, further: readonly string[]): string[] {
  const groups = groupVersions(kinds).flatMap(({ group, path }) =>
    group === '' ? [`/${path}`] : [`/apis/${group}`, `/${path}`],
  );
  return [
    ...new Set([
      '/.well-known/openid-configuration',
      '/api',
      '/apis',
      ...groups,
      ...further,
      '/openapi/v2',
      '/openapi/v3',
      '/openid/v1/jwks',
      '/version',
    ]),
  ].sort();
}

function json(document: Document): ApiServerResponse {
  return { type: 'raw', code: 200, contentType: 'application/json', body: document.body };
}

/** The answer with a document, or that the client has it already. */
export function withEtag(document: Document, known: string | undefined, contentType: string): RawResponse {
  const headers = { etag: `"${document.etag}"`, vary: 'Accept' };
  if (known?.includes(document.etag)) return { type: 'raw', code: 304, contentType, body: '', headers };
  return { type: 'raw', code: 200, contentType, body: document.body, headers };
}
