import type { Client, Resource } from './client.ts';

/** A resource type as a server tells of it. Usable wherever a kind is asked for to address objects. */
export interface DiscoveredResource extends Resource {
  readonly kind: string;
  readonly verbs: readonly string[];
}

export interface Discovery {
  readonly resources: readonly DiscoveredResource[];
  /** Group versions whose list could not be had, e.g. of an aggregated API that is down. */
  readonly failures: readonly { readonly groupVersion: string; readonly error: unknown }[];
}

/** `APIGroupList`, as far as it is read here. */
interface GroupList {
  readonly groups?: readonly {
    readonly name: string;
    readonly versions: readonly { readonly groupVersion: string; readonly version: string }[];
    readonly preferredVersion?: { readonly groupVersion: string };
  }[];
}

/** `APIResourceList`, as far as it is read here. */
interface ResourceList {
  readonly resources?: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs?: readonly string[];
  }[];
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
  readonly groupVersion: string;
  readonly path: string;
}

/**
 * Every resource type the server serves, each in one version only (the preferred one where it is there),
 * without subresources. Rejects when the list of groups cannot be had.
 */
export async function discoverResources(client: Client, signal?: AbortSignal): Promise<Discovery> {
  const get = (path: string) => client.transport.request({ method: 'GET', path, ...(signal && { signal }) });
  const versions = groupVersions((await get('/apis')) as GroupList);
  const answers = await Promise.allSettled(versions.map(({ path }) => get(path) as Promise<ResourceList>));
  const resources = new Map<string, DiscoveredResource>();
  const failures: Discovery['failures'][number][] = [];
  answers.forEach((answer, i) => {
    const version = versions[i];
    if (!version) return;
    if (answer.status === 'rejected') {
      failures.push({ groupVersion: version.groupVersion, error: answer.reason });
      return;
    }
    for (const resource of resourcesOf(version, answer.value)) {
      const key = `${resource.group}/${resource.plural}`;
      if (!resources.has(key)) resources.set(key, resource);
    }
  });
  signal?.throwIfAborted();
  return { resources: [...resources.values()], failures };
}

/** All versions of all groups, a group's preferred one before its others. */
function groupVersions(list: GroupList): GroupVersion[] {
  const core = { group: '', version: 'v1', groupVersion: 'v1', path: '/api/v1' };
  const others = (list.groups ?? []).flatMap(({ name, versions, preferredVersion }) => {
    const rank = (version: { groupVersion: string }) =>
      version.groupVersion === preferredVersion?.groupVersion ? 0 : 1;
    return [...versions]
      .sort((a, b) => rank(a) - rank(b))
      .map(({ version, groupVersion }) => ({
        group: name,
        version,
        groupVersion,
        path: `/apis/${groupVersion}`,
      }));
  });
  return [core, ...others];
}

function resourcesOf({ group, version }: GroupVersion, list: ResourceList): DiscoveredResource[] {
  return (list.resources ?? [])
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced, verbs = [] }) => ({
      group,
      version,
      plural: name,
      kind,
      namespaced,
      verbs,
    }));
}
