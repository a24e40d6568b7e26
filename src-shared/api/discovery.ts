/**
 * How clients learn what is served. https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
import type { JsonObject } from '../lib/types.ts';
import { apiVersionOf } from './meta.ts';
import { type ServedKind, subresourcesOf } from './served-kind.ts';

interface GroupVersions {
  readonly group: string;
  /** Most wanted first. */
  readonly versions: readonly string[];
}

function groupsOf(kinds: readonly ServedKind[]): GroupVersions[] {
  const groups = new Map<string, Set<string>>();
  for (const { group, version } of kinds) {
    const versions = groups.get(group) ?? new Set();
    groups.set(group, versions.add(version));
  }
  return [...groups].map(([group, versions]) => ({ group, versions: [...versions].sort(compareVersions) }));
}

/**
 * Kubernetes' version order, most wanted first: GA before beta before alpha, the higher number first; what is
 * not of that form comes last, in text order.
 */
export function compareVersions(a: string, b: string): number {
  const left = versionRank(a);
  const right = versionRank(b);
  for (const [i, rank] of left.entries()) {
    const other = right[i] ?? 0;
    if (rank !== other) return other - rank;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function versionRank(version: string): number[] {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (!match) return [0, 0, 0];
  const [, major, stage, minor] = match;
  return [stage === undefined ? 3 : stage === 'beta' ? 2 : 1, Number(major), Number(minor ?? 0)];
}

/** `APIGroupList` of all groups but the core group, as `/apis` answers. */
export function apiGroupList(kinds: readonly ServedKind[]): JsonObject {
  const groups = groupsOf(kinds).filter(({ group }) => group !== '');
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.map(({ group, versions }) => {
      const all = versions.map((version) => ({ groupVersion: apiVersionOf({ group, version }), version }));
      return { name: group, versions: all, preferredVersion: all[0] ?? null };
    }),
  };
}

/**
 * `APIResourceList` of one group version, as `/api/v1` and `/apis/apps/v1` answer; subresources as `pods/log`.
 * `hashOf` tells kinds apart that are stored in different versions; undefined of what is not stored.
 */
export function apiResourceList<K extends ServedKind>(
  kinds: readonly K[],
  gv: { readonly group: string; readonly version: string },
  hashOf: (kind: K) => string | undefined,
): JsonObject {
  const served = kinds.filter(({ group, version }) => group === gv.group && version === gv.version);
  const resources = served.flatMap((kind) => [resourceOf(kind, hashOf(kind)), ...subresourceEntries(kind)]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf(gv), resources };
}

function resourceOf(kind: ServedKind, storageVersionHash: string | undefined): JsonObject {
  return {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: kind.verbs.toSorted(),
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
    ...(kind.categories.length > 0 && { categories: kind.categories }),
    ...(storageVersionHash !== undefined && { storageVersionHash }),
  };
}

function subresourceEntries(kind: ServedKind): JsonObject[] {
  return subresourcesOf(kind).map((subresource) => ({
    name: `${kind.plural}/${subresource.name}`,
    singularName: '',
    namespaced: kind.namespaced,
    ...(isForeign(kind, subresource.kind) && {
      group: subresource.kind.group,
      version: subresource.kind.version,
    }),
    kind: subresource.kind.kind,
    verbs: subresource.verbs,
  }));
}

function isForeign(kind: ServedKind, other: { readonly group: string; readonly version: string }): boolean {
  return kind.group !== other.group || kind.version !== other.version;
}

/**
 * `APIGroupDiscoveryList` (apidiscovery.k8s.io/v2) of the kinds given: everything kubectl asks for in one
 * answer. `/api` wants the kinds of the core group, `/apis` the others.
 */
export function aggregatedDiscovery(kinds: readonly ServedKind[]): JsonObject {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groupsOf(kinds).map(({ group, versions }) => ({
      metadata: group === '' ? { creationTimestamp: null } : { name: group, creationTimestamp: null },
      versions: versions.map((version) => ({
        version,
        resources: kinds
          .filter((kind) => kind.group === group && kind.version === version)
          .map(discoveredResource),
        freshness: 'Current',
      })),
    })),
  };
}

function discoveredResource(kind: ServedKind): JsonObject {
  const subresources = subresourcesOf(kind).map((subresource) => ({
    subresource: subresource.name,
    responseKind: subresource.kind,
    verbs: subresource.verbs,
  }));
  return {
    resource: kind.plural,
    responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: kind.verbs.toSorted(),
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
    ...(kind.categories.length > 0 && { categories: kind.categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}
