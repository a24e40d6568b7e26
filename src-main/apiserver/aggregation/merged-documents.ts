import { createHash } from 'node:crypto';
import { apiVersionOf } from '@shared/api/meta.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import type { Documents } from '../discovery.ts';
import type { ApiServerResponse } from '../request.ts';
import type { Aggregator } from './aggregator.ts';
import type { RemoteService } from './remote-service.ts';

type Request = Parameters<Documents['find']>[0];

/** What the server says about itself, with what aggregated servers say about themselves. */
export function withAggregated(aggregator: Aggregator, documents: Documents): Documents {
  return {
    async find(request) {
      if (aggregator.services.length === 0) return documents.find(request);
      const { path } = request;
      if (path === '/apis') return mergeRoot(aggregator, documents, request);
      if (path === '/openapi/v3') return mergeIndex(aggregator, documents, request);
      const group = /^\/apis\/([^/]+)$/.exec(path)?.[1];
      if (group !== undefined) return mergeGroup(aggregator, documents, { request, group });
      const openApi = /^\/openapi\/v3(\/apis\/[^/]+\/[^/]+)$/.exec(path)?.[1];
      const remote = openApi === undefined ? undefined : aggregator.find(openApi);
      return remote ? raw(await remote.ask(path)) : documents.find(request);
    },
  };
}

function raw(body: string, contentType = 'application/json'): ApiServerResponse {
  const etag = createHash('sha256').update(body).digest('hex').slice(0, 32).toUpperCase();
  return { type: 'raw', code: 200, contentType, body, headers: { etag: `"${etag}"`, vary: 'Accept' } };
}

/** The document as it is without aggregation, parsed; undefined when there is none. */
async function own(documents: Documents, request: Request) {
  const { ifNoneMatch: _, ...fresh } = request;
  const found = await documents.find(fresh);
  if (found?.type !== 'raw' || found.code !== 200) return undefined;
  return { contentType: found.contentType, value: JSON.parse(String(found.body)) as JsonObject };
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
  const base = (present?.value ?? { name: group, versions: [] }) as unknown as Group;
  return raw(JSON.stringify({ kind: 'APIGroup', apiVersion: 'v1', ...addToGroup(base, services) }));
}

async function mergeRoot(
  aggregator: Aggregator,
  documents: Documents,
  request: Request,
): Promise<ApiServerResponse | undefined> {
  const present = await own(documents, request);
  if (!present) return documents.find(request);
  const names = [...new Set(aggregator.services.map(({ service }) => service.group))];
  const body = present.contentType.includes('APIGroupDiscoveryList')
    ? {
        ...present.value,
        items: mergeDiscovery(aggregator, present.value.items as unknown as GroupDiscovery[]),
      }
    : {
        ...present.value,
        groups: mergeGroups(aggregator, present.value.groups as unknown as Group[], names),
      };
  const text = JSON.stringify(body);
  const answer = raw(text, present.contentType);
  const etag = answer.type === 'raw' ? answer.headers?.etag : undefined;
  if (etag !== undefined && request.ifNoneMatch?.includes(etag) && answer.type === 'raw')
    return { ...answer, code: 304, body: '' };
  return answer;
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
  const paths: Record<string, unknown> = { ...(present.value.paths as JsonObject) };
  for (const { service } of aggregator.services) {
    const path = `apis/${service.group}/${service.version}`;
    // A document's hash is known once it was asked for: without one, clients ask each time.
    if (service.isAvailable) paths[path] ??= { serverRelativeURL: `/openapi/v3/${path}` };
  }
  return raw(JSON.stringify({ paths }));
}
