import { apiVersionOf } from '@shared/api/meta.ts';
import { ApiError } from '@shared/api/status.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { type Document, type Documents, documentOf, withEtag } from '../discovery.ts';
import { openApiFormat } from '../openapi/accept.ts';
import { answerOpenApiV3 } from '../openapi/answer-v3.ts';
import { encodeOpenApiV2 } from '../openapi/document.ts';
import { encodeOpenApiV3 } from '../openapi/document-v3.ts';
import type { ApiServerResponse } from '../request.ts';
import { unknownPath } from '../routes.ts';
import type { Aggregator, DescribedService } from './aggregator.ts';
import { mergeSwagger } from './remote-openapi.ts';
import type { RemoteService } from './remote-service.ts';

type Request = Parameters<Documents['find']>[0];

/** What the server says about itself, with what aggregated servers say about themselves. */
export function withAggregated(
  aggregator: Aggregator,
  documents: Documents,
  clock: Pick<Clock, 'now'>,
): Documents {
  const swagger = new MergedSwagger(aggregator, documents);
  return {
    async find(request) {
      if (aggregator.services.length === 0) return documents.find(request);
      const { path } = request;
      if (path === '/apis') return mergeRoot(aggregator, documents, request);
      if (path === '/openapi/v2') return swagger.find(request);
      if (path === '/openapi/v3') return mergeIndex(aggregator, documents, request);
      const group = /^\/apis\/([^/]+)$/.exec(path)?.[1];
      if (group !== undefined) return mergeGroup(aggregator, documents, { request, group });
      const openApi = /^\/openapi\/v3(\/apis\/[^/]+\/[^/]+)$/.exec(path)?.[1];
      const remote = openApi === undefined ? undefined : aggregator.findDescribed(openApi);
      return remote ? remoteDocument(remote, request, clock.now()) : documents.find(request);
    },
  };
}

function raw(body: string, request: Request, contentType = 'application/json'): ApiServerResponse {
  return withEtag(documentOf(body), request.ifNoneMatch, contentType);
}

async function remoteDocument(
  { service, openApi }: DescribedService,
  request: Request,
  nowMs: number,
): Promise<ApiServerResponse> {
  if (!service.isAvailable) throw ApiError.of('ServiceUnavailable', 'service unavailable');
  const found = openApi.converted ?? (await askDocument(service, request.path));
  const document = (encoding: 'json' | 'protobuf') =>
    encoding === 'json' ? found : documentOf(encodeOpenApiV3(JSON.parse(String(found.body)) as JsonObject));
  return answerOpenApiV3({ url: openApi.v3 ?? request.path, document }, request, nowMs);
}

async function askDocument(service: RemoteService, path: string): Promise<Document> {
  const answer = await service.ask(path).catch(() => undefined);
  if (answer?.status === 200) return documentOf(answer.body);
  throw answer?.status === 404 ? unknownPath() : ApiError.of('ServiceUnavailable', 'service unavailable');
}

/** `/openapi/v2` with what aggregated servers say, put together when one of them says something else. */
class MergedSwagger {
  readonly #aggregator: Aggregator;
  readonly #documents: Documents;
  #key = '';
  readonly #made = new Map<string, Document>();

  constructor(aggregator: Aggregator, documents: Documents) {
    this.#aggregator = aggregator;
    this.#documents = documents;
  }

  async find(request: Request): Promise<ApiServerResponse | undefined> {
    const services = this.#aggregator.services.filter(({ openApi }) => openApi.v2 !== undefined);
    if (services.length === 0) return this.#documents.find(request);
    const { encoding, contentType } = openApiFormat(2, request.accept);
    const present = await own(this.#documents, { ...request, accept: 'application/json' });
    if (!present) return undefined;
    const parts = services.map(({ service, openApi }) => [service.group, service.version, openApi.revision]);
    const key = JSON.stringify([present.etag, parts]);
    if (this.#key !== key) this.#made.clear();
    this.#key = key;
    let made = this.#made.get(encoding);
    if (!made) {
      const documents = services.flatMap(({ openApi }) => (openApi.v2 ? [openApi.v2] : []));
      const merged = mergeSwagger(present.read(), documents);
      made = documentOf(encoding === 'json' ? JSON.stringify(merged) : encodeOpenApiV2(merged));
      this.#made.set(encoding, made);
    }
    return withEtag(made, request.ifNoneMatch, contentType);
  }
}

/** The document as it is without aggregation, parsed; undefined when there is none. */
async function own(documents: Documents, request: Request) {
  const { ifNoneMatch: _, ...fresh } = request;
  const found = await documents.find(fresh);
  if (found?.type !== 'raw' || found.code !== 200) return undefined;
  const read = () => JSON.parse(String(found.body)) as JsonObject;
  return { contentType: found.contentType, etag: found.headers?.etag, read };
}

interface Group {
  name: string;
  versions: { groupVersion: string; version: string }[];
  preferredVersion?: { groupVersion: string; version: string };
}

function addToGroup(group: Group, services: readonly RemoteService[]): Group {
  const versions = [...group.versions];
  for (const { group: name, version } of services) {
    const groupVersion = apiVersionOf({ group: name, version });
    if (!versions.some((present) => present.version === version)) versions.push({ groupVersion, version });
  }
  const preferredVersion = group.preferredVersion ?? versions[0];
  return { ...group, versions, ...(preferredVersion && { preferredVersion }) };
}

async function mergeGroup(
  aggregator: Aggregator,
  documents: Documents,
  { request, group }: { request: Request; group: string },
): Promise<ApiServerResponse | undefined> {
  const services = aggregator.services.map(({ service }) => service).filter((one) => one.group === group);
  const present = await own(documents, request);
  if (services.length === 0) return documents.find(request);
  const base = (present?.read() ?? { name: group, versions: [] }) as unknown as Group;
  return raw(JSON.stringify({ kind: 'APIGroup', apiVersion: 'v1', ...addToGroup(base, services) }), request);
}

async function mergeRoot(
  aggregator: Aggregator,
  documents: Documents,
  request: Request,
): Promise<ApiServerResponse | undefined> {
  const present = await own(documents, request);
  if (!present) return documents.find(request);
  const names = [...new Set(aggregator.services.map(({ service }) => service.group))];
  const value = present.read();
  const body = present.contentType.includes('APIGroupDiscoveryList')
    ? { ...value, items: mergeDiscovery(aggregator, value.items as unknown as GroupDiscovery[]) }
    : { ...value, groups: mergeGroups(aggregator, value.groups as unknown as Group[], names) };
  return raw(JSON.stringify(body), request, present.contentType);
}

function mergeGroups(aggregator: Aggregator, groups: readonly Group[], names: readonly string[]): Group[] {
  const servicesOf = (name: string) =>
    aggregator.services.map(({ service }) => service).filter(({ group }) => group === name);
  const merged = groups.map((group) => addToGroup(group, servicesOf(group.name)));
  for (const name of names)
    if (!groups.some((group) => group.name === name))
      merged.push(addToGroup({ name, versions: [] }, servicesOf(name)));
  return merged;
}

interface GroupDiscovery {
  metadata: { name: string; creationTimestamp: null };
  versions: { version: string; resources: unknown[]; freshness: 'Current' | 'Stale' }[];
}

function mergeDiscovery(aggregator: Aggregator, items: readonly GroupDiscovery[]): GroupDiscovery[] {
  const merged = items.map((item) => ({ ...item, versions: [...item.versions] }));
  for (const { service, resources } of aggregator.services) {
    let group = merged.find(({ metadata }) => metadata.name === service.group);
    if (!group) {
      group = { metadata: { name: service.group, creationTimestamp: null }, versions: [] };
      merged.push(group);
    }
    if (group.versions.some(({ version }) => version === service.version)) continue;
    group.versions.push({
      version: service.version,
      resources: resources ? discoveryOf(service, resources) : [],
      freshness: service.isAvailable ? 'Current' : 'Stale',
    });
  }
  return merged;
}

interface ApiResource {
  name: string;
  kind: string;
  group?: string;
  version?: string;
  namespaced?: boolean;
  singularName?: string;
  verbs?: string[];
  shortNames?: string[];
  categories?: string[];
}

/** An APIResourceList in the words of aggregated discovery: subresources stand within their resource. */
function discoveryOf(service: RemoteService, { resources }: JsonObject): unknown[] {
  const list = Array.isArray(resources) ? (resources as unknown as ApiResource[]) : [];
  const responseKind = ({ group = service.group, version = service.version, kind }: ApiResource) => ({
    group,
    version,
    kind,
  });
  return list
    .filter(({ name }) => !name.includes('/'))
    .map((resource) => {
      const inner = list.filter(({ name }) => name.startsWith(`${resource.name}/`));
      return {
        resource: resource.name,
        responseKind: responseKind(resource),
        scope: resource.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: resource.singularName ?? '',
        verbs: resource.verbs ?? [],
        ...(resource.shortNames && { shortNames: resource.shortNames }),
        ...(resource.categories && { categories: resource.categories }),
        ...(inner.length > 0 && {
          subresources: inner.map((one) => ({
            subresource: one.name.slice(resource.name.length + 1),
            responseKind: responseKind(one),
            verbs: one.verbs ?? [],
          })),
        }),
      };
    });
}

/** The index of OpenAPI documents, with those of aggregated servers. */
async function mergeIndex(
  aggregator: Aggregator,
  documents: Documents,
  request: Request,
): Promise<ApiServerResponse | undefined> {
  const present = await own(documents, request);
  if (!present) return documents.find(request);
  const paths: Record<string, unknown> = { ...(present.read().paths as JsonObject) };
  for (const { service, openApi } of aggregator.services) {
    const url = service.isAvailable ? openApi.v3 : undefined;
    if (url !== undefined) paths[`apis/${service.group}/${service.version}`] ??= { serverRelativeURL: url };
  }
  return raw(JSON.stringify({ paths }), request);
}
